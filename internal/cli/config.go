package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func newConfigCmd(a *app) *cobra.Command {
	return group("config", "Settings of this program",
		leaf("list", "Show the settings in force and where they come from", "", func(context.Context, []string) error {
			s, err := a.settings()
			if err != nil {
				return err
			}
			token := "(none)"
			if !s.token.IsZero() {
				token = s.token.String()
			}
			for _, line := range [][3]string{
				{"server_url", s.server, s.serverFrom}, {"token", token, s.tokenFrom}, {"output", s.output, s.outputFrom},
			} {
				fmt.Fprintf(a.out, "%-11s %s  (%s)\n", line[0], line[1], line[2])
			}
			return nil
		}),
		leaf("get KEY", "Show a setting in force", "infraudit config get server_url", func(_ context.Context, args []string) error {
			s, err := a.settings()
			if err != nil {
				return err
			}
			value, ok := map[string]string{"server_url": s.server, "output": s.output, "token": s.token.String()}[args[0]]
			if !ok {
				return unknownKey(args[0])
			}
			_, err = fmt.Fprintln(a.out, value)
			return err
		}),
		leaf("set KEY VALUE", "Keep a setting in the config file", "infraudit config set output json", func(_ context.Context, args []string) error {
			return a.configSet(args[0], args[1])
		}),
		leaf("path", "Print where the config file is", "", func(context.Context, []string) error {
			path, err := configPath()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(a.out, path)
			return err
		}),
	)
}

func unknownKey(key string) error {
	return fmt.Errorf("there is no setting %q; there are server_url, token and output", key)
}

func (a *app) configSet(key, value string) error {
	c, err := readConfig()
	if err != nil {
		return err
	}
	switch strings.ToLower(key) {
	case "server_url":
		c.ServerURL = value
		a.server = value // to be checked
	case "output":
		c.Output = value
		a.output = value
	case "token":
		return errors.New("a token on a command line can be read by others; use: infraudit auth login")
	default:
		return unknownKey(key)
	}
	if _, err := a.settings(); err != nil {
		return err
	}
	return writeConfig(c)
}
