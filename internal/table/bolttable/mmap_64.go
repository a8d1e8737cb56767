//go:build !windows && (amd64 || arm64 || riscv64 || ppc64le || s390x || loong64)

package bolttable

// initialMmap is how much of the address space the file's mapping takes from the start. The file itself only grows
// with what is written.
const initialMmap = 4 << 30
