package dynamotable

import (
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/infraudit/infraudit/internal/table"
)

type attributes = map[string]types.AttributeValue

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// value encodes what table's checks let through.
func value(v any) types.AttributeValue {
	switch v := v.(type) {
	case string:
		return text(v)
	case int64:
		return number(v)
	case bool:
		return &types.AttributeValueMemberBOOL{Value: v}
	case []byte:
		if v == nil {
			v = []byte{} // nil would be left out of the request
		}
		return &types.AttributeValueMemberB{Value: v}
	}
	return &types.AttributeValueMemberNULL{Value: true}
}

func keyOf(k table.Key) attributes {
	return attributes{table.AttrPK: text(k.PK), table.AttrSK: text(k.SK)}
}

func encode(k table.Key, attrs table.Attrs) attributes {
	out := make(attributes, len(attrs)+2)
	for name, v := range attrs {
		out[name] = value(v)
	}
	out[table.AttrPK], out[table.AttrSK] = text(k.PK), text(k.SK)
	return out
}

func decode(in attributes) (table.Item, error) {
	it := table.Item{Attrs: make(table.Attrs, len(in))}
	for name, av := range in {
		switch v := av.(type) {
		case *types.AttributeValueMemberS:
			it.Attrs[name] = v.Value
		case *types.AttributeValueMemberB:
			it.Attrs[name] = append([]byte{}, v.Value...)
		case *types.AttributeValueMemberBOOL:
			it.Attrs[name] = v.Value
		case *types.AttributeValueMemberN:
			n, err := strconv.ParseInt(v.Value, 10, 64)
			if err != nil {
				return table.Item{}, fmt.Errorf("dynamotable: attribute %q: %w", name, err)
			}
			it.Attrs[name] = n
		default:
			return table.Item{}, fmt.Errorf("dynamotable: attribute %q is a %T", name, av)
		}
	}
	it.PK, it.SK = it.String(table.AttrPK), it.String(table.AttrSK)
	delete(it.Attrs, table.AttrPK)
	delete(it.Attrs, table.AttrSK)
	return it, nil
}
