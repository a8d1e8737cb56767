package paper

import "slices"

// Column is a column of a table. Width is its share of the page.
type Column struct {
	Head  string
	Width float64
	Right bool // aligned right: numbers
}

// Cell is what a row has in a column: paragraphs under each other.
type Cell []Part

// Part is a paragraph of a cell.
type Part struct {
	Text  string
	Style Style
}

// In makes a cell of one paragraph.
func In(st Style, text string) Cell { return Cell{{text, st}} }

// Table is a table being written. Its head is repeated on each page.
type Table struct {
	p       *Paper
	columns []Column
	begun   bool
}

const (
	padX, padY = 1.6, 1.1 // in a cell, in mm
	headHeight = 6.2
)

// Table begins a table. Nothing is written before its first row.
func (p *Paper) Table(columns ...Column) *Table {
	t := &Table{p: p, columns: slices.Clone(columns)}
	sum := 0.0
	for _, c := range columns {
		sum += c.Width
	}
	for i := range t.columns {
		t.columns[i].Width *= Width / sum
	}
	return t
}

func (t *Table) head() {
	p := t.p
	p.rect(left, p.y, Width, headHeight, Ink{233, 237, 243})
	x := float64(left)
	st := Strong.In(Blue)
	for _, c := range t.columns {
		at := x + padX
		if c.Right {
			at = x + c.Width - padX - p.width(c.Head, st)
		}
		p.put(at, p.y+4.2, c.Head, st)
		x += c.Width
	}
	p.y += headHeight
}

// laid is a line of a cell, ready to be written.
type laid struct {
	text string
	st   Style
}

// Row writes a row. One that is taller than what is left of the page begins the next; one taller than a page goes on there.
func (t *Table) Row(cells ...Cell) {
	p := t.p
	columns := make([][]laid, len(t.columns))
	height := 0.0
	for i := range columns {
		if i < len(cells) {
			columns[i] = p.lay(cells[i], t.columns[i].Width-2*padX)
		}
		height = max(height, tall(columns[i]))
	}
	const room = pageHeight - bottom
	switch {
	case !t.begun:
		p.Keep(headHeight + min(height, 60) + 2*padY)
		t.head()
	case p.y+height+2*padY > room && (height+2*padY <= room-top-headHeight || p.y > room-20):
		p.NewPage()
		t.head()
	}
	t.begun = true
	for more := true; more; {
		p.y += padY
		var used float64
		used, more = t.lines(columns, room-padY-p.y)
		p.y += used + padY
		p.Line(left, p.y, left+Width)
		if more {
			p.NewPage()
			t.head()
		}
	}
}

// lines writes as many lines of each column as fit, takes them off, and tells the height used and whether some are left.
func (t *Table) lines(columns [][]laid, room float64) (used float64, more bool) {
	x := float64(left)
	for i, c := range t.columns {
		y := 0.0
		for len(columns[i]) > 0 {
			l := columns[i][0]
			if y+l.st.line() > room && y > 0 {
				more = true
				break
			}
			at := x + padX
			if c.Right {
				at = x + c.Width - padX - t.p.width(l.text, l.st)
			}
			t.p.put(at, t.p.y+y+l.st.ascent(), l.text, l.st)
			y += l.st.line()
			columns[i] = columns[i][1:]
		}
		used = max(used, y)
		x += c.Width
	}
	return used, more
}

func (p *Paper) lay(c Cell, width float64) []laid {
	var out []laid
	for _, part := range c {
		if part.Text == "" {
			continue
		}
		for _, line := range p.wrap(Printable(part.Text), part.Style, width) {
			out = append(out, laid{line, part.Style})
		}
	}
	return out
}

func tall(lines []laid) float64 {
	sum := 0.0
	for _, l := range lines {
		sum += l.st.line()
	}
	return sum
}

// Span writes a line over all columns: the title of the rows that follow, on the same page as the first of them.
func (t *Table) Span(st Style, text string) {
	p := t.p
	lines := p.wrap(Printable(text), st, Width-2*padX)
	height := float64(len(lines))*st.line() + 2*padY
	switch {
	case !t.begun:
		p.Keep(headHeight + height + 12)
		t.head()
	case p.y+height+12 > pageHeight-bottom:
		p.NewPage()
		t.head()
	}
	t.begun = true
	p.rect(left, p.y, Width, height, Ink{247, 248, 250})
	y := p.y + padY
	for _, line := range lines {
		p.put(left+padX, y+st.ascent(), line, st)
		y += st.line()
	}
	p.y += height
	p.Line(left, p.y, left+Width)
}
