package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/infraudit/infraudit/internal/secret"
)

const defaultServer = "http://127.0.0.1:8080"

// configFile is ~/.infraudit/config.yaml, mode 0600.
type configFile struct {
	ServerURL string `yaml:"server_url,omitempty"`
	Token     string `yaml:"token,omitempty"`
	Output    string `yaml:"output,omitempty"`
}

// settings are what applies to this run, and where it came from.
type settings struct {
	server     string
	serverFrom string
	token      secret.String
	tokenFrom  string
	output     string
	outputFrom string
}

func homeDir() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no home directory: %w", err)
	}
	return filepath.Join(home, ".infraudit"), nil
}

func dataDir() (string, error) {
	if dir := os.Getenv("INFRAUDIT_DATA_DIR"); dir != "" {
		return dir, nil
	}
	home, err := homeDir()
	return filepath.Join(home, "data"), err
}

func configPath() (string, error) {
	home, err := homeDir()
	return filepath.Join(home, "config.yaml"), err
}

func readConfig() (configFile, error) {
	var c configFile
	path, err := configPath()
	if err != nil {
		return c, err
	}
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) || len(bytes.TrimSpace(content)) == 0 && err == nil {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	dec := yaml.NewDecoder(bytes.NewReader(content))
	dec.KnownFields(true)
	if err := dec.Decode(&c); err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// writeConfig replaces the file whole, so that a crash leaves the old one.
func writeConfig(c configFile) error {
	path, err := configPath()
	if err != nil {
		return err
	}
	content, err := yaml.Marshal(c)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".config-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // gone when the rename worked
	_, err = tmp.Write(content)
	if err := errors.Join(err, tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// settings puts flags over environment over file over defaults.
func (a *app) settings() (settings, error) {
	c, err := readConfig()
	if err != nil {
		return settings{}, err
	}
	var s settings
	s.server, s.serverFrom = pick(a.server, "--server", "INFRAUDIT_SERVER_URL", c.ServerURL, defaultServer)
	s.output, s.outputFrom = pick(a.output, "--output", "INFRAUDIT_OUTPUT", c.Output, "table")
	token, from := pick("", "", "INFRAUDIT_TOKEN", c.Token, "")
	s.token, s.tokenFrom = secret.NewString(token), from
	u, err := url.Parse(s.server)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return s, fmt.Errorf("server URL (%s): must be like %s, not %q", s.serverFrom, defaultServer, s.server)
	}
	s.server = strings.TrimRight(s.server, "/")
	switch s.output {
	case "table", "json", "yaml", "csv":
	default:
		return s, fmt.Errorf("output (%s): must be table, json, yaml or csv, not %q", s.outputFrom, s.output)
	}
	if s.token.IsZero() && loopback(u.Hostname()) {
		s.token, s.tokenFrom = localToken()
	}
	return s, nil
}

func pick(flag, flagName, env, file, otherwise string) (value, from string) {
	switch {
	case flag != "":
		return flag, flagName
	case os.Getenv(env) != "":
		return os.Getenv(env), env
	case file != "":
		return file, "config file"
	}
	return otherwise, "default"
}

// localToken is the token of a server on this machine. It is sent nowhere else.
func localToken() (secret.String, string) {
	dir, err := dataDir()
	if err != nil {
		return secret.String{}, "none"
	}
	path := filepath.Join(dir, "token")
	content, err := os.ReadFile(path)
	if err != nil {
		return secret.String{}, "none"
	}
	return secret.NewString(strings.TrimSpace(string(content))), path
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
