package awscloud

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// maxCredentialReport is the largest credential report that is parsed, in bytes. An account holds at most 5,000
// users, and a row is less than 1 KiB.
const maxCredentialReport = 16 << 20

// credentialRow is one row of the account's credential report.
type credentialRow struct {
	user string // the user's name; "<root_account>" for the account's root user
	// facts holds the row's columns under their own names: booleans, and times cut to their day. A column that says
	// "N/A", "no_information" or "not_supported" is left out.
	facts map[string]any
	// hasKeys tells that the user has an access key, active or not.
	hasKeys bool
}

// The columns that rules stand on, so that a report without one of them is refused rather than read as "no".
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
var (
	reportFlags = []string{
		"password_enabled", "mfa_active", "access_key_1_active", "access_key_2_active", "cert_1_active", "cert_2_active",
	}
	reportTimes = []string{
		"user_creation_time", "password_last_used", "password_last_changed", "password_next_rotation",
		"access_key_1_last_rotated", "access_key_1_last_used_date",
		"access_key_2_last_rotated", "access_key_2_last_used_date", "cert_1_last_rotated", "cert_2_last_rotated",
	}
	reportWords = []string{
		"access_key_1_last_used_region", "access_key_1_last_used_service",
		"access_key_2_last_used_region", "access_key_2_last_used_service",
	}
)

// parseCredentialReport reads the report's CSV into its rows by ARN. It refuses a report that lacks a column, names
// an ARN twice, or has a value that its column can't have.
func parseCredentialReport(content []byte) (map[string]credentialRow, error) {
	if len(content) > maxCredentialReport {
		return nil, fmt.Errorf("the credential report has %d bytes, more than %d", len(content), maxCredentialReport)
	}
	r := csv.NewReader(bytes.NewReader(content))
	r.ReuseRecord = true
	header, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("the credential report's header: %w", err)
	}
	column := make(map[string]int, len(header))
	for i, name := range header {
		column[strings.Clone(name)] = i
	}
	for _, names := range [][]string{{"user", "arn"}, reportFlags, reportTimes, reportWords} {
		for _, name := range names {
			if _, ok := column[name]; !ok {
				return nil, fmt.Errorf("the credential report has no column %q", name)
			}
		}
	}
	rows := make(map[string]credentialRow)
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("the credential report: %w", err)
		}
		arn := strings.Clone(record[column["arn"]])
		if _, twice := rows[arn]; twice || arn == "" {
			return nil, fmt.Errorf("the credential report names %q twice or not at all", arn)
		}
		row, err := parseCredentials(record, column)
		if err != nil {
			return nil, fmt.Errorf("the credential report's row of %q: %w", arn, err)
		}
		rows[arn] = row
	}
}

func parseCredentials(record []string, column map[string]int) (credentialRow, error) {
	row := credentialRow{user: strings.Clone(record[column["user"]]), facts: make(map[string]any)}
	for _, name := range reportFlags {
		value, ok := reportValue(record[column[name]])
		if !ok {
			continue
		}
		flag, err := strconv.ParseBool(value)
		if err != nil {
			return row, fmt.Errorf("%s is %q, neither true nor false", name, value)
		}
		row.facts[name] = flag
	}
	for _, name := range reportTimes {
		value, ok := reportValue(record[column[name]])
		if !ok {
			continue
		}
		at, err := time.Parse(time.RFC3339, value)
		if err != nil {
			return row, fmt.Errorf("%s is %q, not a time", name, value)
		}
		row.facts[name] = day(&at)
	}
	for _, name := range reportWords {
		if value, ok := reportValue(record[column[name]]); ok {
			row.facts[name] = strings.Clone(value)
		}
	}
	// A key that is inactive still has a time of rotation; one that isn't there has none. A user with more than two
	// keys has them announced in a column that only newer reports have.
	for _, name := range []string{"access_key_1_last_rotated", "access_key_2_last_rotated"} {
		if _, ok := row.facts[name]; ok {
			row.hasKeys = true
		}
	}
	for _, name := range []string{"access_key_1_active", "access_key_2_active"} {
		if row.facts[name] == true {
			row.hasKeys = true
		}
	}
	if i, ok := column["additional_credentials_info"]; ok {
		if _, more := reportValue(record[i]); more {
			row.hasKeys = true
		}
	}
	return row, nil
}

// reportValue tells a value from the report's words for having none.
func reportValue(s string) (string, bool) {
	switch s {
	case "", "N/A", "no_information", "not_supported":
		return "", false
	}
	return s, true
}

// day cuts a time to its day, in RFC 3339: facts that only grow older are written once a day at most.
func day(t *time.Time) string {
	return t.UTC().Truncate(24 * time.Hour).Format(time.RFC3339)
}
