package iampolicy

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// naive is the definition of wildcards, in as many steps as it takes.
func naive(p, s string) bool {
	switch {
	case p == "":
		return s == ""
	case p[0] == '*':
		return naive(p[1:], s) || s != "" && naive(p, s[1:])
	case s == "":
		return false
	}
	return (p[0] == '?' || p[0] == s[0]) && naive(p[1:], s[1:])
}

// words are all texts of up to n of the letters.
func words(letters string, n int) []string {
	out, last := []string{""}, []string{""}
	for range n {
		var next []string
		for _, w := range last {
			for _, c := range letters {
				next = append(next, w+string(c))
			}
		}
		out, last = append(out, next...), next
	}
	return out
}

func TestMatchingIsWhatWildcardsMean(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.StringMatching(`[ab:*?]{0,10}`).Draw(t, "pattern")
		s := rapid.StringMatching(`[ab:]{0,12}`).Draw(t, "text")
		if got, want := covers(p, s), naive(p, s); got != want {
			t.Fatalf("covers is %v", got)
		}
		if got, want := overlaps(p, s), naive(p, s); got != want {
			t.Fatalf("overlaps is %v", got)
		}
		if coversARN(p, s) && !naive(p, s) {
			t.Fatal("as an ARN it covers more")
		}
	})
}

func TestPatternsCoverAndOverlapAsTheirTextsDo(t *testing.T) {
	texts := words("ab", 6)
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.StringMatching(`[ab*?]{0,5}`).Draw(t, "p")
		q := rapid.StringMatching(`[ab*?]{0,5}`).Draw(t, "q")
		all, both := true, false
		for _, s := range texts {
			inP, inQ := naive(p, s), naive(q, s)
			all, both = all && (inP || !inQ), both || inP && inQ
		}
		if covers(p, q) && !all {
			t.Fatal("covers what it doesn't match")
		}
		if both && !overlaps(p, q) {
			t.Fatal("has texts in common, and doesn't overlap")
		}
		if overlaps(p, q) && !both && !strings.Contains(p+q, "*") {
			t.Fatal("overlaps without a text in common")
		}
	})
}

func TestSetsIncludeEachOtherAsTheirTextsDo(t *testing.T) {
	texts := words("ab", 5)
	draw := func(t *rapid.T, name string) set {
		return set{
			patterns: rapid.SliceOfN(rapid.StringMatching(`[ab*?]{0,3}`), 0, 3).Draw(t, name),
			negated:  rapid.Bool().Draw(t, name+" negated"),
		}
	}
	has := func(s set, text string) bool {
		for _, p := range s.patterns {
			if naive(p, text) {
				return !s.negated
			}
		}
		return s.negated
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw(t, "a"), draw(t, "b")
		if !a.includes(b, covers) {
			return
		}
		for _, text := range texts {
			if has(b, text) && !has(a, text) {
				t.Fatalf("%q is in what is said to be included", text)
			}
		}
	})
}

func TestARNsMatchBySegment(t *testing.T) {
	for _, test := range []struct {
		pattern, arn string
		want         bool
	}{
		{"*", "arn:aws:s3:::b", true},
		{"arn:aws:s3:::b/*", "arn:aws:s3:::b/x:y/z", true},
		{"arn:aws:s3:::b/*/z", "arn:aws:s3:::b/x:y/z", true},
		{"arn:aws:s3*", "arn:aws:s3:::b", true},
		{"arn:aws:s3:*:b", "arn:aws:s3:::b", true},
		{"arn:aws:sns:us-*-1:1:t", "arn:aws:sns:us-east-1:1:t", true},
		{"arn:aws:sns:us-*-1:1:t", "arn:aws:sns:us-east:x-1:1:t", false},
		{"arn:aws:sns:us-*-1:1:t", "arn:aws:sns:us-*-1:1:t", true},
		{"arn:a*s:sns:r:1:t", "arn:*:sns:r:1:t", false},
		{"arn:aws:s3:::b?", "arn:aws:s3:::bé", true},
		{"arn:aws:s3:::b?", "arn:aws:s3:::b", false},
		{"arn:aws:s3:::B", "arn:aws:s3:::b", false},
	} {
		if got := coversARN(test.pattern, test.arn); got != test.want {
			t.Errorf("%s and %s: %v", test.pattern, test.arn, got)
		}
	}
}

func TestHostilePatternsTakeBoundedTime(t *testing.T) {
	start := time.Now()
	p := strings.Repeat("a*", 2000) + "b"
	q := strings.Repeat("a", 4000)
	if covers(p, q) || overlaps(p, q) || coversARN("arn:"+p+":x", "arn:"+q+":x") {
		t.Error("matched")
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("took %v", d)
	}
}
