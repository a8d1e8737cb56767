package secret

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// Keys are an installation's keys: its own, and those that seal.
type Keys struct {
	Sealer
	Installation
}

// keyFile is the content of a key file: a local one, or what kmskeys keeps sealed in a table.
type keyFile struct {
	Version      int             `json:"version"`
	Installation []byte          `json:"installation"` // KeySize bytes
	Sealing      json.RawMessage `json:"sealing"`      // a Tink keyset as JSON; its primary key seals, any opens
}

// maxKeyFile bounds what is read, in bytes: a keyset of some hundred keys.
const maxKeyFile = 64 << 10

// LocalKeyFile reads the installation's keys from a file, which it makes, readable by its owner alone, when there is
// none. It refuses a file that others can read, and a folder that others can write to: whoever reads the file can
// open every credential that this installation stores.
func LocalKeyFile(path string) (*Keys, error) {
	keys, err := readKeyFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := createKeyFile(path); err != nil {
			return nil, fmt.Errorf("key file: %w", err)
		}
		keys, err = readKeyFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	return keys, nil
}

func readKeyFile(path string) (*Keys, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read from
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	if err := checkMode(path, info, 0o077, "0600"); err != nil {
		return nil, err
	}
	dir := filepath.Dir(path)
	dirInfo, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	if err := checkMode(dir, dirInfo, 0o022, "0700"); err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return nil, err
	}
	if len(content) > maxKeyFile {
		return nil, fmt.Errorf("%s is over %d bytes: not a key file", path, maxKeyFile)
	}
	keys, err := ParseKeyFile(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return keys, nil
}

// checkMode refuses permissions beyond those wanted. Windows keeps none that it could look at.
func checkMode(path string, info fs.FileInfo, refused fs.FileMode, want string) error {
	if mode := info.Mode().Perm(); mode&refused != 0 && runtime.GOOS != "windows" {
		return fmt.Errorf("%s has mode %04o, which lets others at the installation's keys: run chmod %s %s",
			path, mode, want, path)
	}
	return nil
}

// ParseKeyFile reads the content of a key file. Its errors never quote it.
func ParseKeyFile(content []byte) (*Keys, error) {
	file, handle, err := decodeKeyFile(content)
	if err != nil {
		return nil, err
	}
	installation, err := NewInstallation(file.Installation)
	if err != nil {
		return nil, err
	}
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("the sealing keys can't be used: %w", err)
	}
	return &Keys{Sealer: aeadSealer{primitive}, Installation: installation}, nil
}

// decodeKeyFile must not quote the content in its errors, as those of encoding/json can.
func decodeKeyFile(content []byte) (keyFile, *keyset.Handle, error) {
	var file keyFile
	if err := json.Unmarshal(content, &file); err != nil {
		return keyFile{}, nil, errors.New("not a key file: not JSON of the right shape")
	}
	if file.Version != 1 {
		return keyFile{}, nil, fmt.Errorf("key file of version %d: this program reads version 1", file.Version)
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(file.Sealing)))
	if err != nil {
		return keyFile{}, nil, errors.New("the sealing keys are not a Tink keyset")
	}
	return file, handle, nil
}

// RotateKeyFile returns the content of a key file with one more sealing key, which seals from now on. What the others
// sealed still opens, and the installation's own key stays as it is.
func RotateKeyFile(content []byte) ([]byte, error) {
	file, handle, err := decodeKeyFile(content)
	if err != nil {
		return nil, err
	}
	manager := keyset.NewManagerFromHandle(handle)
	id, err := manager.Add(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("rotate keys: %w", err)
	}
	if err := manager.SetPrimary(id); err != nil {
		return nil, fmt.Errorf("rotate keys: %w", err)
	}
	if handle, err = manager.Handle(); err != nil {
		return nil, fmt.Errorf("rotate keys: %w", err)
	}
	return encodeKeyFile(file.Installation, handle)
}

// NewKeyFile makes new keys, AES-256-GCM for sealing, and returns them as the content of a key file: whoever reads it
// can open whatever the installation seals.
func NewKeyFile() ([]byte, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, err
	}
	installation := make([]byte, KeySize)
	_, _ = rand.Read(installation) // never fails
	return encodeKeyFile(installation, handle)
}

func encodeKeyFile(installation []byte, handle *keyset.Handle) ([]byte, error) {
	var sealing bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&sealing)); err != nil {
		return nil, err
	}
	content, err := json.MarshalIndent(keyFile{Version: 1, Installation: installation, Sealing: sealing.Bytes()}, "", "  ")
	if err != nil {
		return nil, err
	}
	return append(content, '\n'), nil
}

// createKeyFile writes new keys so that the file appears whole or not at all, and never in place of another: when
// two processes start at once, the keys of the first stay.
func createKeyFile(path string) (err error) {
	content, err := NewKeyFile()
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	temp, err := os.CreateTemp(dir, ".key-*.tmp") // mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(temp.Name())) }()
	_, err = temp.Write(content)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	if err := os.Link(temp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(dir)
}

// syncDir makes a new name in a folder survive a power cut. What can't be synced that way is left as it is.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	if err := d.Sync(); err != nil && runtime.GOOS != "windows" {
		return errors.Join(err, d.Close())
	}
	return d.Close()
}
