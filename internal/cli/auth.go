package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/spf13/cobra"
)

func newAuthCmd(a *app) *cobra.Command {
	var file string
	login := leaf("login", "Keep a token for later commands", `
infraudit auth login --server https://audit.example.com   # asks for the token
infraudit auth login < token.txt`,
		func(ctx context.Context, _ []string) error { return a.login(ctx, file) })
	login.Flags().StringVar(&file, "token-file", "", "file with the token")
	logout := leaf("logout", "Forget the token that login kept", "", func(context.Context, []string) error {
		c, err := readConfig()
		if err != nil {
			return err
		}
		c.Token = ""
		if err := writeConfig(c); err != nil {
			return err
		}
		a.note("signed out")
		return nil
	})
	status := leaf("status", "Show whom the token stands for", "", func(ctx context.Context, _ []string) error {
		c, s, err := a.client()
		if err != nil {
			return err
		}
		item, err := c.do(ctx, http.MethodGet, "/auth/me", nil, nil)
		if err != nil {
			return err
		}
		if s.output == "table" {
			a.note("server: %s (%s)\ntoken from: %s", s.server, s.serverFrom, s.tokenFrom)
		}
		return printOne(a, s.output, item, principalColumns())
	})
	return group("auth", "Sign in and out", login, logout, status)
}

type principal struct {
	Team string `json:"team_id"`
	User string `json:"user_id"`
	Role string `json:"role"`
}

func principalColumns() []column[principal] {
	return []column[principal]{
		{head: "user", value: func(p *principal) string { return p.User }},
		{head: "team", value: func(p *principal) string { return p.Team }},
		{head: "role", value: func(p *principal) string { return p.Role }},
	}
}

// login keeps a token that the server takes, and the server if it was named.
func (a *app) login(ctx context.Context, file string) error {
	token, err := a.readSecret("token", file)
	if err != nil {
		return err
	}
	c, s, err := a.client()
	if err != nil {
		return err
	}
	c.token = token.Reveal()
	who, err := get[principal](ctx, c, "/auth/me")
	if err != nil {
		var p *problem
		if errors.As(err, &p) && p.Status == http.StatusUnauthorized {
			return fmt.Errorf("%s doesn't know this token; nothing was kept", s.server)
		}
		return err
	}
	config, err := readConfig()
	if err != nil {
		return err
	}
	config.Token = token.Reveal()
	if a.server != "" || os.Getenv("INFRAUDIT_SERVER_URL") != "" {
		config.ServerURL = s.server
	}
	if err := writeConfig(config); err != nil {
		return err
	}
	a.note("signed in to %s as %s (%s)", s.server, who.User, who.Role)
	return nil
}
