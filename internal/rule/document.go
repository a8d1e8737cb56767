package rule

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Document is a text of YAML, or of JSON, which YAML has within it: a mapping.
type Document struct {
	Source string
	node   *yaml.Node
}

// ParseDocument reads a text that holds one mapping. What it refers to by aliases isn't copied, so it takes memory in
// proportion to its text.
func ParseDocument(source, text string) (*Document, []Problem) {
	dec := yaml.NewDecoder(strings.NewReader(text))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return nil, yamlProblems(source, err)
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, []Problem{{Source: source, Line: max(doc.Line, 1), Message: "must be a mapping, with id and so on"}}
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, []Problem{{Source: source, Line: more.Line, Message: "holds more than one document"}}
	}
	return &Document{Source: source, node: doc.Content[0]}, nil
}

// maxDocument is how many YAML nodes a document may have when its aliases are replaced.
const maxDocument = 200_000

// Decode decodes the document, and tells of all fields that are unknown or of another type.
func (d *Document) Decode(into any) []Problem {
	plain, err := withoutAliases(d.node, new(maxDocument))
	if err == nil {
		err = decodeStrictly(plain, into)
	}
	if err != nil {
		return yamlProblems(d.Source, err)
	}
	return nil
}

// Has tells whether the mapping has one of these keys.
func (d *Document) Has(keys ...string) bool {
	for _, key := range keys {
		if child(d.node, key) != nil {
			return true
		}
	}
	return false
}

// Line returns where a field is, given as problems name it ("examples[1].want"); where that isn't there, the last on the way
// to it that is.
func (d *Document) Line(field string) int { return lineOf(d.node, field) }

// fieldStep is a name or an index in the name of a field.
var fieldStep = regexp.MustCompile(`[^.\[\]]+`)

func lineOf(node *yaml.Node, field string) int {
	line := node.Line
	for _, step := range fieldStep.FindAllString(field, -1) {
		if node.Kind == yaml.AliasNode {
			node = node.Alias
		}
		below := child(node, step)
		if below == nil {
			break
		}
		node, line = below, below.Line
	}
	return line
}

// child returns the value of a key, or the element of an index; nil where there is none.
func child(node *yaml.Node, step string) *yaml.Node {
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == step {
				return node.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(node.Content) {
			return node.Content[i]
		}
	}
	return nil
}

// errorLine is how yaml names a line, and goType the type of ours that it couldn't decode to.
var (
	errorLine = regexp.MustCompile(`^line (\d+): `)
	goType    = regexp.MustCompile(` (?:in type|into) \*?(?:\[\]|map\[string\])*[a-zA-Z]+\.[A-Za-z]+$`)
)

// yamlProblems tells what yaml found, at its lines.
func yamlProblems(source string, err error) []Problem {
	messages := []string{yamlError(err)}
	if wrong, ok := errors.AsType[*yaml.TypeError](err); ok {
		messages = wrong.Errors
	}
	out := make([]Problem, 0, len(messages))
	for _, text := range messages {
		p := Problem{Source: source, Message: text}
		if m := errorLine.FindStringSubmatch(text); m != nil {
			p.Line, _ = strconv.Atoi(m[1]) // one that overflows is told without a line
			p.Message = strings.TrimPrefix(text, m[0])
		}
		p.Message = goType.ReplaceAllString(p.Message, "")
		out = append(out, p)
	}
	return out
}

// decodeStrictly decodes a node without aliases, and refuses fields that it doesn't know. Lines of errors are those of the
// node's text.
func decodeStrictly(node *yaml.Node, into any) error {
	text, err := yaml.Marshal(node)
	if err != nil {
		return err
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	err = dec.Decode(into)
	wrong, ok := errors.AsType[*yaml.TypeError](err)
	if !ok {
		return err
	}
	var written yaml.Node
	if yaml.Unmarshal(text, &written) != nil || len(written.Content) != 1 {
		return err
	}
	lines := map[string]int{}
	pair(written.Content[0], node, lines)
	for i, message := range wrong.Errors {
		if m := errorLine.FindStringSubmatch(message); m != nil && lines[m[1]] > 0 {
			wrong.Errors[i] = "line " + strconv.Itoa(lines[m[1]]) + ": " + strings.TrimPrefix(message, m[0])
		}
	}
	return wrong
}

// pair says of each line of a node that was written which line of the original it comes from.
func pair(written, original *yaml.Node, lines map[string]int) {
	lines[strconv.Itoa(written.Line)] = original.Line
	for i := range min(len(written.Content), len(original.Content)) {
		pair(written.Content[i], original.Content[i], lines)
	}
}
