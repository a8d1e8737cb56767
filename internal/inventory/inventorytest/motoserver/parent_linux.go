package motoserver

import (
	"os/exec"
	"syscall"
)

// endWithParent has the kernel end the process when this one dies, as a test binary does at its time-out.
func endWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
