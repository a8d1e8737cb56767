package deploytest

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Made is what a resource is once it was made: what Ref and Fn::GetAtt give.
type Made struct {
	Ref        string
	Attributes map[string]string
}

// maker makes a resource whose properties are resolved.
type maker func(name string, r Resource) (Made, error)

// Stack is a template whose references lead to made resources.
type Stack struct {
	Name      string
	Resources map[string]Resource // by logical id; those whose condition holds, with resolved properties
	Outputs   map[string]string
	Nested    map[string]*Stack // by the logical id of the stack's resource

	template   *Template
	templates  Templates
	parameters map[string]string
	pseudo     map[string]string
	make       maker
	made       map[string]Made
	making     map[string]bool
}

// errNoValue stands for AWS::NoValue: what has this value is left out.
var errNoValue = errors.New("no value")

// newStack makes every resource of a template, each after those that it refers to, and its outputs.
func newStack(name string, templates Templates, url string, parameters, pseudo map[string]string, create maker) (*Stack, error) {
	template := templates[url]
	if template == nil {
		return nil, fmt.Errorf("stack %s: no template %s", name, url)
	}
	s := &Stack{
		Name: name, Resources: map[string]Resource{}, Outputs: map[string]string{}, Nested: map[string]*Stack{},
		template: template, templates: templates, parameters: map[string]string{}, pseudo: pseudo, make: create,
		made: map[string]Made{}, making: map[string]bool{},
	}
	for id, p := range template.Parameters {
		value, given := parameters[id]
		if !given && p.Default == nil {
			return nil, fmt.Errorf("stack %s: parameter %s is missing", name, id)
		}
		if !given {
			value = scalar(p.Default)
		}
		s.parameters[id] = value
	}
	for id := range parameters {
		if _, ok := template.Parameters[id]; !ok {
			return nil, fmt.Errorf("stack %s: there is no parameter %s", name, id)
		}
	}
	for id, r := range template.Resources {
		if holds, err := s.condition(r.Condition); err != nil {
			return nil, fmt.Errorf("stack %s: %s: %w", name, id, err)
		} else if !holds {
			continue
		}
		if _, err := s.resource(id); err != nil {
			return nil, fmt.Errorf("stack %s: %w", name, err)
		}
	}
	for id, o := range template.Outputs {
		holds, err := s.condition(o.Condition)
		if err != nil {
			return nil, fmt.Errorf("stack %s: output %s: %w", name, id, err)
		}
		if !holds {
			continue
		}
		if s.Outputs[id], err = s.text(o.Value); err != nil {
			return nil, fmt.Errorf("stack %s: output %s: %w", name, id, err)
		}
	}
	return s, nil
}

// resource returns a made resource, and makes it if need be.
func (s *Stack) resource(id string) (Made, error) {
	if made, ok := s.made[id]; ok {
		return made, nil
	}
	r, ok := s.template.Resources[id]
	if !ok {
		return Made{}, fmt.Errorf("there is no resource %s", id)
	}
	if holds, err := s.condition(r.Condition); err != nil || !holds {
		return Made{}, fmt.Errorf("%s is not made, since %s doesn't hold: %w", id, r.Condition, errors.Join(err))
	}
	if s.making[id] {
		return Made{}, fmt.Errorf("%s refers to itself, by way of others", id)
	}
	s.making[id] = true
	properties, err := s.resolve(r.Properties)
	if err != nil {
		return Made{}, fmt.Errorf("%s: %w", id, err)
	}
	r.Properties, _ = properties.(map[string]any)
	s.Resources[id] = r
	var made Made
	if r.Type == "AWS::CloudFormation::Stack" {
		made, err = s.nest(id, r)
	} else {
		made, err = s.make(s.Name+"-"+id, r)
	}
	if err != nil {
		return Made{}, fmt.Errorf("%s: %w", id, err)
	}
	s.made[id] = made
	return made, nil
}

func (s *Stack) nest(id string, r Resource) (Made, error) {
	parameters := map[string]string{}
	given, _ := r.Properties["Parameters"].(map[string]any)
	for name, value := range given {
		parameters[name] = scalar(value)
	}
	url, _ := r.Properties["TemplateURL"].(string)
	nested, err := newStack(s.Name+"-"+id, s.templates, url, parameters, s.pseudo, s.make)
	if err != nil {
		return Made{}, err
	}
	s.Nested[id] = nested
	made := Made{Ref: nested.Name, Attributes: map[string]string{}}
	for name, value := range nested.Outputs {
		made.Attributes["Outputs."+name] = value
	}
	return made, nil
}

// resolve replaces intrinsic functions by what they give. An unknown one is an error.
func (s *Stack) resolve(v any) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		if fn, arg, ok := intrinsic(v); ok {
			return s.call(fn, arg)
		}
		out := make(map[string]any, len(v))
		for k, child := range v {
			value, err := s.resolve(child)
			if errors.Is(err, errNoValue) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", k, err)
			}
			out[k] = value
		}
		return out, nil
	case []any:
		out := make([]any, 0, len(v))
		for _, child := range v {
			value, err := s.resolve(child)
			if errors.Is(err, errNoValue) {
				continue
			}
			if err != nil {
				return nil, err
			}
			out = append(out, value)
		}
		return out, nil
	}
	return v, nil
}

func intrinsic(v map[string]any) (fn string, arg any, ok bool) {
	if len(v) != 1 {
		return "", nil, false
	}
	for fn, arg = range v {
		ok = fn == "Ref" || fn == "Condition" || strings.HasPrefix(fn, "Fn::")
	}
	// A policy statement's {"Condition": {...}} isn't the intrinsic, whose argument is a name.
	if _, name := arg.(string); fn == "Condition" && !name {
		return "", nil, false
	}
	return fn, arg, ok
}

func (s *Stack) call(fn string, arg any) (any, error) {
	list, _ := arg.([]any)
	name, _ := arg.(string)
	switch fn {
	case "Ref":
		return s.ref(name)
	case "Fn::GetAtt":
		if id, attribute, ok := strings.Cut(name, "."); ok {
			return s.attribute(id, attribute)
		}
		if len(list) != 2 {
			return nil, fmt.Errorf("Fn::GetAtt %v", arg)
		}
		return s.attribute(scalar(list[0]), scalar(list[1]))
	case "Fn::Sub":
		return s.sub(arg)
	case "Fn::Join":
		return s.join(list)
	case "Fn::If":
		if len(list) != 3 {
			return nil, fmt.Errorf("Fn::If %v", arg)
		}
		holds, err := s.condition(scalar(list[0]))
		if err != nil {
			return nil, err
		}
		if holds {
			return s.resolve(list[1])
		}
		return s.resolve(list[2])
	}
	return nil, fmt.Errorf("%s is not known here", fn)
}

func (s *Stack) ref(name string) (any, error) {
	if name == "AWS::NoValue" {
		return nil, errNoValue
	}
	if name == "AWS::StackName" {
		return s.Name, nil
	}
	if value, ok := s.pseudo[name]; ok {
		return value, nil
	}
	if value, ok := s.parameters[name]; ok {
		return value, nil
	}
	made, err := s.resource(name)
	return made.Ref, err
}

func (s *Stack) attribute(id, attribute string) (any, error) {
	made, err := s.resource(id)
	if err != nil {
		return nil, err
	}
	value, ok := made.Attributes[attribute]
	if !ok {
		return nil, fmt.Errorf("%s has no attribute %s", id, attribute)
	}
	return value, nil
}

var placeholder = regexp.MustCompile(`\$\{([^}]*)\}`)

func (s *Stack) sub(arg any) (any, error) {
	text, _ := arg.(string)
	given := map[string]any{}
	if list, ok := arg.([]any); ok && len(list) == 2 {
		text = scalar(list[0])
		given, _ = list[1].(map[string]any)
	}
	var failed error
	out := placeholder.ReplaceAllStringFunc(text, func(match string) string {
		name := match[2 : len(match)-1]
		if literal, ok := strings.CutPrefix(name, "!"); ok {
			return "${" + literal + "}"
		}
		var value any
		var err error
		if v, ok := given[name]; ok {
			value, err = s.resolve(v)
		} else if id, attribute, ok := strings.Cut(name, "."); ok {
			value, err = s.attribute(id, attribute)
		} else {
			value, err = s.ref(name)
		}
		failed = errors.Join(failed, err)
		return scalar(value)
	})
	return out, failed
}

func (s *Stack) join(list []any) (any, error) {
	if len(list) != 2 {
		return nil, fmt.Errorf("Fn::Join %v", list)
	}
	value, err := s.resolve(list[1])
	if err != nil {
		return nil, err
	}
	parts, ok := value.([]any)
	if !ok {
		return nil, fmt.Errorf("Fn::Join of %T", value)
	}
	out := make([]string, len(parts))
	for i, part := range parts {
		out[i] = scalar(part)
	}
	return strings.Join(out, scalar(list[0])), nil
}

// condition tells whether a named condition holds; "" always does.
func (s *Stack) condition(name string) (bool, error) {
	if name == "" {
		return true, nil
	}
	c, ok := s.template.Conditions[name]
	if !ok {
		return false, fmt.Errorf("there is no condition %s", name)
	}
	return s.holds(c)
}

func (s *Stack) holds(v any) (bool, error) {
	c, _ := v.(map[string]any)
	fn, arg, ok := intrinsic(c)
	if !ok {
		return false, fmt.Errorf("condition %v", v)
	}
	list, _ := arg.([]any)
	switch fn {
	case "Condition":
		return s.condition(scalar(arg))
	case "Fn::Not":
		if len(list) != 1 {
			return false, fmt.Errorf("Fn::Not %v", arg)
		}
		holds, err := s.holds(list[0])
		return !holds, err
	case "Fn::And":
		for _, each := range list {
			if holds, err := s.holds(each); err != nil || !holds {
				return false, err
			}
		}
		return true, nil
	case "Fn::Equals":
		value, err := s.resolve(list)
		sides, _ := value.([]any)
		if err != nil || len(sides) != 2 {
			return false, fmt.Errorf("Fn::Equals %v: %w", arg, err)
		}
		return scalar(sides[0]) == scalar(sides[1]), nil
	}
	return false, fmt.Errorf("%s is not known here", fn)
}

// text resolves what has to be one string.
func (s *Stack) text(v any) (string, error) {
	value, err := s.resolve(v)
	if err != nil {
		return "", err
	}
	switch value.(type) {
	case string, bool, json.Number:
		return scalar(value), nil
	}
	return "", fmt.Errorf("%v is not a text", value)
}

// scalar is how CloudFormation hands on a text, number or boolean.
func scalar(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}
