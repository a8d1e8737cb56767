package csvsafe

import "testing"

func TestWhatBeginsLikeAFormulaIsText(t *testing.T) {
	cases := map[string]string{
		"=HYPERLINK(1)": "'=HYPERLINK(1)", "+1": "'+1", "-2+3": "'-2+3", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r=1": "'\r=1",
		"": "", "web": "web", "a=b": "a=b", "arn:aws:s3:::x": "arn:aws:s3:::x",
	}
	for in, want := range cases {
		if got := Row([]string{in})[0]; got != want {
			t.Errorf("Cell(%q) = %q, want %q", in, got, want)
		}
	}
}
