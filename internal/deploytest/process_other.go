//go:build !linux

package deploytest

import "os/exec"

// endWithParent can't be had here: an emulator outlives a test binary that is killed.
func endWithParent(*exec.Cmd) {}
