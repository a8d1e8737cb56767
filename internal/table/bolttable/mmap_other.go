//go:build windows || !(amd64 || arm64 || riscv64 || ppc64le || s390x || loong64)

package bolttable

// initialMmap stays at bbolt's default: on Windows the file is made as large as its mapping, and 32-bit systems
// have no address space to spare.
const initialMmap = 0
