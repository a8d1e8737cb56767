package table

// Units of one item's read or write. Source: Amazon DynamoDB Developer Guide, "DynamoDB on-demand capacity mode".
const (
	readUnitBytes  = 4 << 10
	writeUnitBytes = 1 << 10
)

// ReadUnits returns what reading size bytes eventually consistently costs: half a unit for each 4 KiB begun, and
// for nothing. A consistent read costs twice that.
func ReadUnits(size int) float64 {
	return float64(max(1, (size+readUnitBytes-1)/readUnitBytes)) / 2
}

// WriteUnits returns what writing an item or an index entry of size bytes costs: a unit for each KiB begun, and for
// nothing. Of the sizes before and after a write, the larger counts; a write whose condition fails costs the size of
// the stored item; one in a transaction costs twice.
func WriteUnits(size int) float64 {
	return float64(max(1, (size+writeUnitBytes-1)/writeUnitBytes))
}

// CancelledUnits returns what is counted for a transaction whose conditions did not hold: what each write names,
// twice, without indexes. The documentation doesn't give this cost, nor does the service's answer.
func CancelledUnits(writes []Write) float64 {
	units := 0.0
	for _, w := range writes {
		units += 2 * WriteUnits(Item{Key: w.Key, Attrs: w.Attrs}.Size())
	}
	return units
}
