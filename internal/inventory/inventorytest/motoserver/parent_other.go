//go:build !linux

package motoserver

import "os/exec"

// endWithParent can't be had here: a server outlives a test binary that is killed.
func endWithParent(*exec.Cmd) {}
