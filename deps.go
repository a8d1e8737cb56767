//go:build deps

package deps

import (
	_ "github.com/MicahParks/keyfunc/v3"
	_ "github.com/aws/aws-lambda-go/lambda"
	_ "github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"
	_ "github.com/golang-jwt/jwt/v5"
	_ "github.com/johnfercher/maroto/v2"
	_ "codeberg.org/go-pdf/fpdf"
	_ "github.com/ledongthuc/pdf"
	_ "github.com/pquerna/otp/totp"
	_ "github.com/santhosh-tekuri/jsonschema/v6"
	_ "github.com/tink-crypto/tink-go-awskms/v3/integration/awskms"
	_ "github.com/zalando/go-keyring"
	_ "gocloud.dev/blob/s3blob"
	_ "golang.org/x/crypto/argon2"
)
