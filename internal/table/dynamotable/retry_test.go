package dynamotable_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/infraudit/infraudit/internal/table"
	"github.com/infraudit/infraudit/internal/table/dynamotable"
)

// DynamoDB Local never throttles, so these answers are played by hand, in the words of the API reference.

// played serves answers and returns the DB that gets them. An answer is called with the operation and the request.
func played(t *testing.T, answer func(operation string, request map[string]any) (status int, body any)) *dynamotable.DB {
	t.Helper()
	var mu sync.Mutex
	client := dynamodb.New(dynamodb.Options{
		Region: "eu-west-1", RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
		HTTPClient: doer(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			var request map[string]any
			if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
				return nil, err
			}
			_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
			status, body := answer(operation, request)
			raw, err := json.Marshal(body)
			return &http.Response{
				StatusCode: status, Body: io.NopCloser(bytes.NewReader(raw)), Request: r,
				Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
			}, err
		}),
	})
	db, err := dynamotable.New(client, []table.Schema{{Name: "items"}}, dynamotable.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

type object = map[string]any

func fail(code string) (int, any) {
	return http.StatusBadRequest, object{"__type": "com.amazonaws.dynamodb.v20120810#" + code, "message": "no"}
}

func key(n int) table.Key { return table.Key{PK: "p", SK: fmt.Sprint("s", n)} }

func TestWhatABatchLeavesUndoneIsSentAgain(t *testing.T) {
	t.Run("writes", func(t *testing.T) {
		made := 0
		db := played(t, func(_ string, request map[string]any) (int, any) {
			items := request["RequestItems"].(object)["items"].([]any)
			half := (len(items) + 1) / 2
			made += half
			left := object{}
			if half < len(items) {
				left["items"] = items[half:]
			}
			return http.StatusOK, object{"UnprocessedItems": left}
		})
		var writes []table.Write
		for n := range 25 {
			writes = append(writes, table.Write{Table: "items", Key: key(n)})
		}
		var used table.Usage
		if _, err := db.Apply(table.WithUsage(t.Context(), &used), writes); err != nil {
			t.Fatal(err)
		}
		if made != 25 || used.Items() != 25 {
			t.Errorf("made %d, counted %d", made, used.Items())
		}
	})
	t.Run("keys", func(t *testing.T) {
		db := played(t, func(_ string, request map[string]any) (int, any) {
			asked := request["RequestItems"].(object)["items"].(object)["Keys"].([]any)
			body := object{"Responses": object{"items": asked[:1]}}
			if len(asked) > 1 {
				body["UnprocessedKeys"] = object{"items": object{"Keys": asked[1:]}}
			}
			return http.StatusOK, body
		})
		items, err := db.BatchGet(t.Context(), "items", []table.Key{key(1), key(2), key(3), key(4)})
		if err != nil || len(items) != 4 {
			t.Errorf("%d items: %v", len(items), err)
		}
	})
}

func TestABatchOfWhichNothingIsDoneEndsAsThrottled(t *testing.T) {
	synctest.Test(t, testThrottledBatch) // its pauses take no time
}

func testThrottledBatch(t *testing.T) {
	requests := 0
	db := played(t, func(operation string, request map[string]any) (int, any) {
		requests++
		if operation == "BatchGetItem" {
			return http.StatusOK, object{"UnprocessedKeys": request["RequestItems"]}
		}
		return http.StatusOK, object{"UnprocessedItems": request["RequestItems"]}
	})
	if _, err := db.Apply(t.Context(), []table.Write{{Table: "items", Key: key(1)}}); !errors.Is(err, table.ErrThrottled) {
		t.Errorf("apply: %v", err)
	}
	if _, err := db.BatchGet(t.Context(), "items", []table.Key{key(1)}); !errors.Is(err, table.ErrThrottled) {
		t.Errorf("batch get: %v", err)
	}
	if requests < 4 || requests > 40 {
		t.Errorf("%d requests", requests)
	}
}

func TestErrorsOfTheServiceAreThoseOfPackageTable(t *testing.T) {
	for code, want := range map[string]error{
		"ProvisionedThroughputExceededException": table.ErrThrottled,
		"ThrottlingException":                    table.ErrThrottled,
		"RequestLimitExceeded":                   table.ErrThrottled,
		"ConditionalCheckFailedException":        table.ErrCondition,
	} {
		t.Run(code, func(t *testing.T) {
			db := played(t, func(string, map[string]any) (int, any) { return fail(code) })
			if _, err := db.Write(t.Context(), table.Write{Table: "items", Key: key(1), If: table.IfAbsent()}); !errors.Is(err, want) {
				t.Errorf("write: %v", err)
			}
		})
	}
	for code, want := range map[string]error{
		"TransactionConflict":           table.ErrConflict,
		"ThrottlingError":               table.ErrThrottled,
		"ProvisionedThroughputExceeded": table.ErrThrottled,
		"ConditionalCheckFailed":        table.ErrCondition,
	} {
		t.Run("a transaction cancelled by "+code, func(t *testing.T) {
			db := played(t, func(string, map[string]any) (int, any) {
				return http.StatusBadRequest, object{
					"__type":              "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
					"CancellationReasons": []object{{"Code": "None"}, {"Code": code, "Message": "no"}},
				}
			})
			err := db.Transact(t.Context(), []table.Write{
				{Table: "items", Key: key(1)}, {Table: "items", Key: key(2), If: table.IfAbsent()},
			})
			if !errors.Is(err, want) {
				t.Errorf("transact: %v", err)
			}
			var failed *table.ConditionError
			if errors.As(err, &failed) && (len(failed.Failed) != 1 || failed.Failed[0] != 1) {
				t.Errorf("failed %v", failed.Failed)
			}
		})
	}
}

func TestAWriteThatMeetsATransactionIsSentAgain(t *testing.T) {
	requests := 0
	db := played(t, func(string, map[string]any) (int, any) {
		if requests++; requests < 3 {
			return fail("TransactionConflictException")
		}
		return http.StatusOK, object{}
	})
	if _, err := db.Write(t.Context(), table.Write{Table: "items", Key: key(1)}); err != nil || requests != 3 {
		t.Errorf("%d requests: %v", requests, err)
	}
}
