package lambdafn

import (
	"context"
	"log/slog"
	"time"
)

// namespace is where CloudWatch keeps the metrics.
const namespace = "InfraAudit"

// metric is one value of a log line in the Embedded Metric Format.
type metric struct {
	name, unit string
	value      float64
}

// emit writes a line from which CloudWatch makes metrics (CloudWatch user guide, "Specification: Embedded metric format").
func (h *Host) emit(ctx context.Context, metrics []metric) {
	type definition struct{ Name, Unit string }
	definitions := make([]definition, 0, len(metrics))
	attrs := []slog.Attr{slog.String("Function", h.Function)}
	for _, m := range metrics {
		definitions = append(definitions, definition{m.name, m.unit})
		attrs = append(attrs, slog.Float64(m.name, m.value))
	}
	attrs = append(attrs, slog.Any("_aws", map[string]any{
		"Timestamp": time.Now().UnixMilli(),
		"CloudWatchMetrics": []any{map[string]any{
			"Namespace": namespace, "Dimensions": [][]string{{"Function"}}, "Metrics": definitions,
		}},
	}))
	h.Log.LogAttrs(ctx, slog.LevelInfo, "metrics", attrs...)
}
