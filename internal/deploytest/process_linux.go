package deploytest

import (
	"os/exec"
	"syscall"
)

// endWithParent has the kernel stop the process when this one dies, as a test binary does at its time-out.
func endWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
}
