// Package paper lays out text on A4 pages and writes them as PDF: headings, paragraphs and tables, in three embedded fonts,
// with a running head and page numbers. What it writes depends on its input alone.
package paper

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
)

// Font is one of the embedded fonts: the Go fonts, under the licence of Go.
// Source: https://go.dev/blog/go-fonts.
type Font string

// The fonts.
const (
	Regular Font = "regular"
	Bold    Font = "bold"
	Mono    Font = "mono" // for what is compared character by character
)

// Ink is a colour, as red, green and blue.
type Ink [3]int

// The colours. All but Rule, which is for lines, have a contrast of 4.5 or more on white.
var (
	Black = Ink{28, 32, 38}
	Grey  = Ink{92, 99, 110}
	Blue  = Ink{24, 62, 115}
	Red   = Ink{163, 16, 29}
	Green = Ink{19, 108, 46}
	Amber = Ink{122, 77, 0}
	Rule  = Ink{208, 213, 220}
)

// Style is how text looks. Size is in points.
type Style struct {
	Font Font
	Size float64
	Ink  Ink
}

// Styles that documents use.
var (
	Body   = Style{Regular, 9.5, Black}
	Small  = Style{Regular, 8, Black}
	Faint  = Style{Regular, 8, Grey}
	Strong = Style{Bold, 8, Black}
	Code   = Style{Mono, 7.2, Black}
)

// In returns the style in another colour.
func (s Style) In(ink Ink) Style { s.Ink = ink; return s }

// Measures of the page, in millimetres.
const (
	pageWidth, pageHeight = 210, 297
	left, right           = 18, 18
	top, bottom           = 26, 20
	// Width is that of the text.
	Width   = pageWidth - left - right
	leading = 1.34 // of a line, in font sizes
	pt      = 25.4 / 72
	// sectionRoom is what a heading needs below it, so that it doesn't end a page.
	sectionRoom = 30
)

// Info says what a document is, for its properties and its running head.
type Info struct {
	Title, Subject, Producer string
	At                       time.Time
	Head                     string // left in the running head
	Foot                     string // left in the foot
}

// Paper is a document being written. The first error stays, and Write returns it.
type Paper struct {
	pdf      *fpdf.Fpdf
	info     Info
	y        float64
	widths   map[Font]map[rune]float64 // of characters, in font sizes
	current  Style
	chapters int // announced
	begun    int
	links    []int
}

// New begins a document, without a page.
func New(info Info) *Paper {
	info.Head, info.Foot, info.Title, info.Subject = Printable(info.Head), Printable(info.Foot), Printable(info.Title), Printable(info.Subject)
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetCatalogSort(true) // else its order is that of a map
	pdf.SetCreationDate(info.At.UTC())
	pdf.SetModificationDate(info.At.UTC())
	pdf.SetTitle(info.Title, true)
	pdf.SetSubject(info.Subject, true)
	pdf.SetProducer(info.Producer, true)
	pdf.SetCreator(info.Producer, true)
	pdf.SetLang("en")
	// It writes into the bytes that it is given, which all papers of a process would share.
	pdf.AddUTF8FontFromBytes(string(Regular), "", bytes.Clone(goregular.TTF))
	pdf.AddUTF8FontFromBytes(string(Bold), "", bytes.Clone(gobold.TTF))
	pdf.AddUTF8FontFromBytes(string(Mono), "", bytes.Clone(gomono.TTF))
	return &Paper{pdf: pdf, info: info, widths: map[Font]map[rune]float64{Regular: {}, Bold: {}, Mono: {}}}
}

// Write ends the document and writes it.
func (p *Paper) Write(w io.Writer) error {
	p.pdf.RegisterAlias(placeholder(0), fmt.Sprint(p.pdf.PageNo()))
	if err := p.pdf.Output(w); err != nil {
		return fmt.Errorf("write a PDF: %w", err)
	}
	return nil
}

// Page returns the number of the current page.
func (p *Paper) Page() int { return p.pdf.PageNo() }

// NewPage begins a page with a running head and a foot.
func (p *Paper) NewPage() {
	p.BlankPage()
	p.put(left, 14, p.info.Head, Faint)
	p.Line(left, 17, pageWidth-right)
	p.foot()
}

// BlankPage begins a page with neither: a cover.
func (p *Paper) BlankPage() {
	p.pdf.AddPage()
	p.current = Style{}
	p.y = top
}

func (p *Paper) foot() {
	p.Line(left, pageHeight-14, pageWidth-right)
	p.put(left, pageHeight-10, p.info.Foot, Faint)
	const number = "Page %d of %s"
	p.put(pageWidth-right-p.width(fmt.Sprintf(number, 9999, "9999"), Faint), pageHeight-10,
		fmt.Sprintf(number, p.Page(), placeholder(0)), Faint)
}

// placeholder stands for a number that is known only at the end: 0 is how many pages there are, n the page of chapter n.
// Its characters are for private use, and no text has them, see Printable; nor can its bytes, in UTF-16, arise of others'.
func placeholder(n int) string { return string([]rune{0xF8F8, rune(0xF880 + n)}) }

// maxChapters is how many placeholders there are.
const maxChapters = 0x7E

// Contents lists the chapters that will follow, with their pages.
func (p *Paper) Contents(titles []string) {
	titles = titles[:min(len(titles), maxChapters)]
	for i, title := range titles {
		link := p.pdf.AddLink()
		p.links = append(p.links, link)
		p.put(left, p.y+4, Printable(title), Body)
		p.put(pageWidth-right-p.width("9999", Body), p.y+4, placeholder(i+1), Body)
		p.Line(left, p.y+5.8, pageWidth-right)
		p.pdf.Link(left, p.y, Width, 6, link)
		p.y += 7.2
	}
	p.chapters = len(titles)
}

// Chapter begins the next chapter that was announced, on a new page.
func (p *Paper) Chapter(title string) {
	p.NewPage()
	if p.begun < p.chapters {
		p.pdf.SetLink(p.links[p.begun], 0, p.Page())
		p.begun++
		p.pdf.RegisterAlias(placeholder(p.begun), fmt.Sprint(p.Page()))
	}
	p.pdf.Bookmark(Printable(title), 0, 0)
	p.Text(title, Style{Bold, 17, Blue})
	p.Space(3)
}

// Section begins a section: its heading is kept with what follows.
func (p *Paper) Section(title string) {
	p.Space(4)
	p.Keep(sectionRoom)
	p.pdf.Bookmark(Printable(title), 1, p.y)
	p.Text(title, Style{Bold, 11.5, Black})
	p.Space(1.5)
}

// Keep begins a page unless there is still that much room, in millimetres.
func (p *Paper) Keep(height float64) {
	if p.y+height > pageHeight-bottom {
		p.NewPage()
	}
}

// Space leaves room, in millimetres.
func (p *Paper) Space(height float64) { p.y += height }

// Text writes a paragraph.
func (p *Paper) Text(s string, st Style) { p.Indented(0, s, st) }

// Indented writes a paragraph that begins so many millimetres from the margin.
func (p *Paper) Indented(by float64, s string, st Style) {
	for _, line := range p.wrap(Printable(s), st, Width-by) {
		p.Keep(st.line())
		p.put(left+by, p.y+st.ascent(), line, st)
		p.y += st.line()
	}
}

// Items writes a list.
func (p *Paper) Items(list []string, st Style) {
	for _, s := range list {
		p.Keep(st.line())
		p.put(left+1, p.y+st.ascent(), "•", st)
		p.Indented(5, s, st)
		p.Space(1)
	}
}

// Line draws a hairline.
func (p *Paper) Line(from, y, to float64) {
	p.pdf.SetDrawColor(Rule[0], Rule[1], Rule[2])
	p.pdf.SetLineWidth(0.2)
	p.pdf.Line(from, y, to, y)
}

// Fill draws a filled rectangle over the width of the page.
func (p *Paper) Fill(y, height float64, ink Ink) { p.rect(0, y, pageWidth, height, ink) }

func (p *Paper) rect(x, y, w, h float64, ink Ink) {
	p.pdf.SetFillColor(ink[0], ink[1], ink[2])
	p.pdf.Rect(x, y, w, h, "F")
}

// At moves to a height, in millimetres from the top of the page.
func (p *Paper) At(y float64) { p.y = y }

// put writes a line with its base at y.
func (p *Paper) put(x, y float64, s string, st Style) {
	if s == "" {
		return
	}
	p.set(st)
	p.pdf.Text(x, y, s)
}

func (p *Paper) set(st Style) {
	if st == p.current {
		return
	}
	p.pdf.SetFont(string(st.Font), "", st.Size)
	p.pdf.SetTextColor(st.Ink[0], st.Ink[1], st.Ink[2])
	p.current = st
}

func (s Style) line() float64   { return s.Size * pt * leading }
func (s Style) ascent() float64 { return s.Size * pt * 1.02 }

// width returns the width of a line, in millimetres.
func (p *Paper) width(s string, st Style) float64 {
	sum := 0.0
	for _, r := range s {
		sum += p.runeWidth(r, st.Font)
	}
	return sum * st.Size * pt
}

func (p *Paper) runeWidth(r rune, font Font) float64 {
	w, ok := p.widths[font][r]
	if !ok {
		p.set(Style{font, 10, Black})
		w = float64(p.pdf.GetStringSymbolWidth(string(r))) / 1000
		p.widths[font][r] = w
	}
	return w
}

func (p *Paper) wrap(s string, st Style, width float64) []string {
	return wrap(s, width/(st.Size*pt), func(r rune) float64 { return p.runeWidth(r, st.Font) })
}
