package paper

import (
	"bytes"
	"sync"
	"testing"
	"time"
)

// Papers share no memory: one process writes several at once, and the same content gives the same bytes.
func TestPapersThatAreWrittenAtOnceAreAlike(t *testing.T) {
	papers := make([]bytes.Buffer, 3)
	var wg sync.WaitGroup
	for i := range papers {
		wg.Go(func() {
			p := New(Info{Title: "Evidence", At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)})
			p.NewPage()
			for _, font := range []Font{Regular, Bold, Mono} {
				p.Text("What was seen, and what was wanted", Style{Font: font, Size: 10})
			}
			if err := p.Write(&papers[i]); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for i := range papers {
		if papers[i].Len() == 0 || !bytes.Equal(papers[i].Bytes(), papers[0].Bytes()) {
			t.Errorf("paper %d has %d bytes, the first %d", i, papers[i].Len(), papers[0].Len())
		}
	}
}
