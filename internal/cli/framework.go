package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/spf13/cobra"
)

const frameworkExample = `
infraudit compliance framework validate our-baseline.yaml
infraudit compliance framework create our-baseline.yaml && infraudit compliance enable our-baseline`

func newFrameworkCmd(a *app) *cobra.Command {
	var source bool
	get := leaf("get ID", "Show a framework", "infraudit compliance framework get our-baseline --source > our-baseline.yaml",
		func(ctx context.Context, args []string) error {
			path := at("/compliance/frameworks/%s", args[0])
			if source {
				return a.showSource(ctx, path)
			}
			return showOne(ctx, a, http.MethodGet, path, nil, nil, frameworkColumns())
		})
	get.Flags().BoolVar(&source, "source", false, "print a framework of your own as it was written")
	send := func(ctx context.Context, method, path, file string) error {
		return sendText(ctx, a, method, path, file, maxFrameworkFile, frameworkColumns())
	}
	create := leaf("create FILE", "Add a framework of your own, from a file (- for standard input)", frameworkExample,
		func(ctx context.Context, args []string) error {
			return send(ctx, http.MethodPost, "/compliance/frameworks", args[0])
		})
	replace := leaf("replace ID FILE", "Replace a framework of your own by another version of it", "",
		func(ctx context.Context, args []string) error {
			return send(ctx, http.MethodPut, at("/compliance/frameworks/%s", args[0]), args[1])
		})
	validate := leaf("validate FILE", "Check a framework without adding it", "", func(ctx context.Context, args []string) error {
		return send(ctx, http.MethodPost, "/compliance/frameworks/validate", args[0])
	})
	remove := leaf("delete ID", "Delete a framework of your own; its assessments stay", "", func(ctx context.Context, args []string) error {
		return a.send(ctx, http.MethodDelete, at("/compliance/frameworks/%s", args[0]), "deleted")
	})
	return group("framework", "Frameworks of your own", get, create, replace, validate, remove)
}

// maxFrameworkFile is how much of a file is read, in bytes: the server takes 1 MiB.
const maxFrameworkFile = 2 << 20

// sendText sends a file as {"yaml": ...}, and shows what it is.
func sendText[T any](ctx context.Context, a *app, method, path, file string, most int64, columns []column[T]) error {
	from := a.in
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		defer f.Close()
		from = f
	}
	text, err := io.ReadAll(io.LimitReader(from, most))
	if err != nil {
		return err
	}
	return showOne(ctx, a, method, path, nil, map[string]string{"yaml": string(text)}, columns)
}

// showSource prints a framework as it was written.
func (a *app) showSource(ctx context.Context, path string) error {
	c, _, err := a.client()
	if err != nil {
		return err
	}
	raw, err := c.do(ctx, http.MethodGet, path, nil, nil)
	if err != nil {
		return err
	}
	var of struct {
		Source string `json:"source"`
	}
	if err := json.Unmarshal(raw, &of); err != nil {
		return fmt.Errorf("the server's answer can't be read: %w", err)
	}
	if of.Source == "" {
		return errors.New("it comes with the program: there is no source of it")
	}
	_, err = io.WriteString(a.out, of.Source)
	return err
}
