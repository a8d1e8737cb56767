package shape

import (
	"sync"

	"github.com/klauspost/compress/zstd"

	"github.com/infraudit/infraudit/internal/fault"
)

// Both are stateless in the way they are used here, and safe for concurrent use; they are made at first use
// because that takes a millisecond.
var (
	encoder = sync.OnceValues(func() (*zstd.Encoder, error) {
		return zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderCRC(false),
			zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(128<<10))
	})
	decoder = sync.OnceValues(func() (*zstd.Decoder, error) {
		return zstd.NewReader(nil, zstd.WithDecoderMaxMemory(MaxCanonicalLen), zstd.WithDecoderLowmem(true))
	})
)

// Compress returns b as a Zstandard frame (RFC 8878).
func Compress(b []byte) ([]byte, error) {
	enc, err := encoder()
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "compress configuration")
	}
	return enc.EncodeAll(b, make([]byte, 0, len(b)/2+64)), nil
}

// Decompress reverses Compress. It refuses, as a Malformed fault, what isn't such a frame and what would exceed
// MaxCanonicalLen.
func Decompress(b []byte) ([]byte, error) {
	dec, err := decoder()
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "decompress configuration")
	}
	out, err := dec.DecodeAll(b, nil)
	if err != nil {
		return nil, fault.Wrap(fault.Malformed, err, "stored configuration can't be decompressed")
	}
	if len(out) > MaxCanonicalLen {
		return nil, fault.New(fault.Malformed, "stored configuration is over %d bytes", MaxCanonicalLen)
	}
	return out, nil
}
