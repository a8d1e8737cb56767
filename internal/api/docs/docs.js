"use strict";
// Renders /openapi.json and sends requests. Text is only ever set as text, never as markup.

function el(tag, props, ...children) {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children.filter((c) => c !== null && c !== undefined));
  return node;
}

function resolve(doc, schema) {
  return schema && schema.$ref ? doc.components.schemas[schema.$ref.split("/").pop()] : schema;
}

function typeName(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  const type = [].concat(schema.type || "any").join(" | ");
  if (schema.items) return typeName(schema.items) + "[]";
  if (schema.enum) return schema.enum.join(" | ");
  return schema.format ? type + " (" + schema.format + ")" : type;
}

// shape is an example-like sketch of a schema.
function shape(doc, schema, depth = 0) {
  const s = resolve(doc, schema);
  if (!s || depth > 4) return "…";
  if (s.properties) {
    return Object.fromEntries(Object.entries(s.properties).map(([k, v]) => [k, shape(doc, v, depth + 1)]));
  }
  if (s.items) return [shape(doc, s.items, depth + 1)];
  return s.example ?? (s.examples && s.examples[0]) ?? typeName(s);
}

function fieldsTable(doc, schema) {
  const s = resolve(doc, schema);
  const required = s.required || [];
  return el("table", {}, ...Object.entries(s.properties || {}).map(([name, p]) => el("tr", {},
    el("td", { textContent: name + (required.includes(name) ? " *" : "") }),
    el("td", { textContent: typeName(p) }),
    el("td", { textContent: p.description || "" }))));
}

function paramRow(p, inputs) {
  const input = el("input", { type: "text", placeholder: String((p.schema && p.schema.default) ?? "") });
  input.setAttribute("aria-label", p.name);
  inputs.push([p, input]);
  return el("tr", {},
    el("td", { textContent: p.name + (p.required ? " *" : "") }),
    el("td", { textContent: p.in + ", " + typeName(p.schema) }),
    el("td", { textContent: p.description || "" }),
    el("td", {}, input));
}

async function send(method, path, inputs, body, output) {
  const query = new URLSearchParams();
  const headers = { Accept: "application/json" };
  const token = document.getElementById("token").value;
  if (token) headers.Authorization = "Bearer " + token;
  for (const [p, input] of inputs) {
    if (input.value === "") continue;
    if (p.in === "path") path = path.replace("{" + p.name + "}", encodeURIComponent(input.value));
    if (p.in === "query") query.append(p.name, input.value);
    if (p.in === "header") headers[p.name] = input.value;
  }
  if (query.size) path += "?" + query;
  const init = { method: method.toUpperCase(), headers };
  if (body && body.value.trim()) {
    headers["Content-Type"] = "application/json";
    init.body = body.value;
  }
  output.textContent = init.method + " " + path + " …";
  try {
    const answer = await fetch(path, init);
    let text = await answer.text();
    try { text = JSON.stringify(JSON.parse(text), null, 2); } catch { /* not JSON */ }
    const location = answer.headers.get("Location");
    output.textContent = init.method + " " + path + "\n" + answer.status + " " + answer.statusText +
      (location ? "\nLocation: " + location : "") + "\n\n" + text;
  } catch (err) {
    output.textContent = String(err);
  }
}

function operation(doc, path, method, op) {
  const inputs = [];
  const parts = [el("p", { textContent: op.description || "" })];
  if (op.parameters) parts.push(el("table", {}, ...op.parameters.map((p) => paramRow(p, inputs))));
  let body = null;
  const content = op.requestBody && op.requestBody.content["application/json"];
  if (content) {
    body = el("textarea", { spellcheck: false, placeholder: JSON.stringify(shape(doc, content.schema), null, 2) });
    body.setAttribute("aria-label", "Request body");
    parts.push(el("h4", { textContent: "Body" }), fieldsTable(doc, content.schema), body);
  }
  const output = el("pre", { hidden: true });
  output.setAttribute("aria-live", "polite");
  const button = el("button", { type: "button", textContent: "Send" });
  button.addEventListener("click", () => {
    output.hidden = false;
    send(method, path, inputs, body, output);
  });
  parts.push(el("p", {}, button), output, el("h4", { textContent: "Answers" }));
  parts.push(el("table", {}, ...Object.entries(op.responses).map(([status, r]) => {
    const media = r.content && Object.values(r.content)[0];
    return el("tr", {}, el("td", { textContent: status }), el("td", { textContent: r.description || "" }),
      el("td", { textContent: media ? typeName(media.schema) : "" }));
  })));
  const ok = Object.entries(op.responses).find(([status]) => status.startsWith("2"));
  const media = ok && ok[1].content && ok[1].content["application/json"];
  if (media) parts.push(el("pre", { textContent: JSON.stringify(shape(doc, media.schema), null, 2) }));
  return el("details", { id: op.operationId },
    el("summary", {}, el("span", { className: "verb " + method, textContent: method.toUpperCase() }),
      el("code", { textContent: path }), " ", op.summary || ""),
    el("div", { className: "op" }, ...parts));
}

async function start() {
  const main = document.getElementById("main");
  const nav = document.getElementById("nav");
  const doc = await (await fetch("/openapi.json")).json();
  document.getElementById("version").textContent = doc.info.version;
  document.getElementById("about").textContent = doc.info.description;
  main.replaceChildren();
  for (const tag of doc.tags) {
    main.append(el("h2", { textContent: tag.name }), el("p", { textContent: tag.description || "" }));
    nav.append(el("h2", { textContent: tag.name }));
    for (const [path, item] of Object.entries(doc.paths)) {
      for (const [method, op] of Object.entries(item)) {
        if (!op.tags || op.tags[0] !== tag.name) continue;
        main.append(operation(doc, path, method, op));
        const link = el("a", { href: "#" + op.operationId, textContent: op.summary });
        link.addEventListener("click", () => { document.getElementById(op.operationId).open = true; });
        nav.append(link);
      }
    }
  }
}

start().catch((err) => { document.getElementById("main").textContent = "The document can't be read: " + err; });
