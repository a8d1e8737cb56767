package awsaccess

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
)

// ErrNonsense says that an answer is none of the service's: empty, another protocol's, or the page of a proxy. The SDK
// takes such answers for empty lists, of which it would follow that everything was deleted.
var ErrNonsense = errors.New("the answer is not the service's")

// peekLen is enough for what may precede an XML answer's first element.
const peekLen = 512

// rootElement finds the name of an XML answer's first element.
var rootElement = regexp.MustCompile(`^(?s:\x{FEFF}?\s*(?:<\?.*?\?>\s*)*(?:<!.*?>\s*)*)<([A-Za-z_][\w.:-]*)`)

// checkAnswer looks at how a successful answer to a question begins. What follows is the SDK's to parse, which does
// notice when it is malformed or ends too early. Calls that change something may be answered with nothing.
func checkAnswer(r *http.Request, resp *http.Response) error {
	if resp.StatusCode >= http.StatusMultipleChoices || !asks(awsmiddleware.GetOperationName(r.Context())) {
		return nil
	}
	body := bufio.NewReaderSize(resp.Body, peekLen)
	begin, err := body.Peek(peekLen)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{body, resp.Body}
	if !plausible(r, begin) {
		return ErrNonsense
	}
	return nil
}

// asks tells whether an operation is one that reads, by its name.
func asks(operation string) bool {
	for _, verb := range []string{"BatchGet", "Describe", "Get", "List", "Lookup"} {
		if strings.HasPrefix(operation, verb) {
			return true
		}
	}
	return false
}

// cborMap is the major type of a CBOR map, in the upper three bits of its first byte (RFC 8949, section 3.1).
const cborMap = 5

// plausible tells whether an answer begins as the request's protocol has it (Smithy specifications: AWS JSON 1.0 and 1.1,
// AWS query, EC2 query, AWS restXml, Smithy RPC v2 CBOR).
func plausible(r *http.Request, begin []byte) bool {
	text := strings.TrimSpace(string(begin))
	root := ""
	if m := rootElement.FindStringSubmatch(text); m != nil {
		root = m[1]
	}
	switch {
	case r.Header.Get("Smithy-Protocol") == "rpc-v2-cbor":
		return len(begin) > 0 && begin[0]>>5 == cborMap
	case r.Header.Get("X-Amz-Target") != "":
		return strings.HasPrefix(text, "{")
	case strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded"):
		return strings.HasSuffix(root, "Response")
	}
	return text != "" && !strings.EqualFold(root, "html")
}
