"""What the fuzzer writes into XML: names, values, texts and fragments, each of which some reader takes for another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from workbook_seeds import MAIN, RELATIONS, STRICT_MAIN


def _words(text: str) -> Sequence[str]:
    return text.split()


TAGS: Final = _words(
    "c v f is t r rPr rPh row sheetData si sst extLst ext mergeCell mergeCells dimension cols col worksheet sheet "
    "sheets workbookPr calcPr xf cellXfs numFmt numFmts Relationship Relationships Override Default phoneticPr x C V "
    "IS T"
)
NAMES: Final = _words(
    "r s t spans hidden ht customFormat xml:space xml:lang ref count Id Type Target TargetMode PartName ContentType "
    "Extension numFmtId formatCode xfId applyNumberFormat name sheetId state r:id x:r cm vm ph date1904 fullCalcOnLoad "
    "xmlns xmlns:x xmlns:r min max R S"
)
VALUES: Final[Mapping[str, Sequence[str]]] = {
    "r": _words(
        "A1 B3 b3 $B$3 B03 A0 XFD1 XFE2 ZZZ9 AAAA1 B1048577 B2:C3 C4 C5 0 1 2 3 5 05 -1 +3 1.0 3e0 ３ Ｂ3 B３ 99999999"
    ),
    "t": _words("s n b e d str inlineStr S N x sharedString"),
    "s": _words("0 1 2 3 4 5 6 7 8 9 10 99 -1 01 +1 1.0 ２ x 99999999999"),
    "ref": _words("C3:C4 A1:H10 C3 C4:C3 A2:XFD2 C3:D4 C3:C4:C5 $C$3:$C$4 c3:c4 A:A 3:4 A1:A1048577 C3:C999999"),
    "hidden": _words("1 0 true false on TRUE 2 yes"),
    "numFmtId": _words("0 1 9 10 14 22 27 30 45 46 47 49 50 58 164 165 166 169 170 -1 x 65536"),
    "formatCode": _words("""yyyy 0% 0.00 @ General General;@ [h]:mm e "d"0 [Red]0 b 上午 0;d"""),
    "state": _words("hidden veryHidden visible Hidden"),
    "date1904": _words("1 0 true false on off TRUE"),
    "fullCalcOnLoad": _words("1 0 true on"),
    "r:id": _words("rId1 rId2 rId3 rId9 RID1"),
    "Id": _words("rId1 rId2 rId3 rId9"),
    "xml:space": _words("preserve default PRESERVE"),
    "Target": (
        "worksheets/sheet1.xml", "/xl/worksheets/sheet1.xml", "./worksheets/sheet1.xml", "../xl/worksheets/sheet1.xml",
        "worksheets\\sheet1.xml", "worksheets/SHEET1.XML", "worksheets/%73heet1.xml", "worksheets/sheet2.xml",
        "styles.xml", "sharedStrings.xml", "xl/workbook.xml", "worksheets//sheet1.xml", "worksheets/sheet1.xml#x",
        "worksheets/sheet1.xml?", " worksheets/sheet1.xml", "xl/worksheets/sheet1.xml", "file:///etc/passwd",
        "worksheets/sheet１.xml",
    ),
    "Type": (
        *(f"{RELATIONS}/{kind}" for kind in _words("worksheet chartsheet styles sharedStrings officeDocument")),
        "worksheet", "http://x/worksheet", "http://purl.oclc.org/ooxml/officeDocument/relationships/worksheet",
    ),
    "TargetMode": ("External", "Internal", "external"),
    "xmlns": (MAIN, STRICT_MAIN, "", MAIN + "/", MAIN.upper(), "urn:x", RELATIONS),
}  # fmt: skip
ANY_VALUE: Final = ("", "0", "1", "-1", "true", "x", " 1", "1 ", "&#49;", "&amp;", "&x;", "\t", "<", "Ａ", "9" * 40)
TEXTS: Final = (
    "", " ", "0", "1", "2", "7", "-1", "+1", "1.5", "1e5", "1E400", "-0", "0x10", "1_0", "1,5", ".5", "5.", "NaN",
    "inf", "TRUE", "true", "#N/A", "#REF!", "#SPILL!", "x", "１", "59", "60", "61", "0.5", "2958465.9999999", "2958466",
    "-5", "45597.99999", "99999999999999999999", "0.1000000000000000055", "2024-11-03", "2024-11-03T10:00:00Z",
    "24:00:00", "9999", "01", "007", "_x0041_", "_x000D_", "_x005F_x0041_", "_xD83D_", "a\r\nb", "a\rb", "\ta", "a ",
    "\u00a0a", "\u2028", "\ufeff", "é", "e\u0301", "\U0001f600", "\ufffe", "\x01", "\x00", "\udc80", "\udcc3(",
    "&amp;", "&lt;b&gt;", "&#65;", "&#x41;", "&#32;", "&#10;", "&#13;", "&#0;", "&#xD800;", "&#x110000;", "&nbsp;",
    "&evil;", "&", "&amp", "]]>", "<![CDATA[5]]>", "<![CDATA[<v>5</v>]]>", "5<!-- 6 -->7", "5<?x 6?>7", "<!--5-->",
    "1<b/>2", "<v>5</v>", ">", "a>b", "=1+1",
)  # fmt: skip
FRAGMENTS: Final = (
    "<v>9</v>", "<v/>", "<v></v>", "<is><t>evil</t></is>", "<is/>", "<is><r><t>a</t></r><r><t>b</t></r></is>",
    "<f>1+1</f>", "<f/>", '<f t="shared" si="0"/>', '<f t="array" ref="D3">1</f>', "<t>x</t>", "<r><t>x</t></r>",
    '<rPh sb="0" eb="1"><t>x</t></rPh>', '<c r="C3"><v>9</v></c>', '<c r="H4" t="s"><v>0</v></c>',
    '<c t="inlineStr"><is><t>x</t></is></c>', "<c/>", "<c><v>1</v></c>", '<c r="Z3" t="str"><v>far</v></c>',
    '<row r="3"><c r="C3"><v>9</v></c></row>', "<row/>", '<row r="99"/>', "<row><c><v>1</v></c></row>", "</c>", "</v>",
    "<c>", "<v>", "</row>", "<row>", "</sheetData>", "<sheetData>", "<sheetData/>",
    '<sheetData><row r="2"><c r="A2"><v>9</v></c></row></sheetData>', "<si><t>x</t></si>", "<si/>", "</si>", "<t/>",
    "</t>", "<extLst><ext><v>9</v></ext></extLst>", '<extLst><ext uri="{x}"><c r="C3"><v>9</v></c></ext></extLst>',
    f'<x:v xmlns:x="{MAIN}">9</x:v>', '<x:v xmlns:x="urn:x">9</x:v>', '<v xmlns="">9</v>', '<v xmlns="urn:x">9</v>',
    "<x:v>9</x:v>", f'<x:c xmlns:x="{MAIN}" r="C3"><x:v>9</x:v></x:c>', '<c xmlns="urn:x" r="C3"><v>9</v></c>',
    f'<v xmlns="{STRICT_MAIN}">9</v>',
    ('<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
    '<mc:Choice Requires="x14"><v>8</v>'
    "</mc:Choice><mc:Fallback><v>9</v></mc:Fallback></mc:AlternateContent>"),
    "<!-- x -->", "<!-- <v>9</v> -->", "<!---->", "<!-- a -- b -->", "<!--", "<?x y?>", "<?xml version='1.0'?>",
    "<![CDATA[x]]>", "<![CDATA[", "<!DOCTYPE x>", '<!DOCTYPE x [<!ENTITY e "9">]>', "<!ELEMENT a>", "<>", "< v>",
    "</>", "<v", "<1/>", "<a:b:c/>", "<v a/>", "<v a=1>", "&", "]]>", '<dimension ref="A1:C3"/>',
    '<dimension ref="A1:XFD1048576"/>', '<mergeCell ref="D4:D6"/>',
    '<mergeCells><mergeCell ref="C2:C9"/></mergeCells>', '<sheet name="销售" sheetId="9" r:id="rId1"/>',
    '<sheet name="新" sheetId="9" r:id="rId2"/>', '<workbookPr date1904="1"/>', '<calcPr fullCalcOnLoad="1"/>',
    '<xf numFmtId="14"/>', '<numFmt numFmtId="164" formatCode="d"/>', '<numFmt numFmtId="0" formatCode="d"/>',
    f'<Relationship Id="rId1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet2.xml"/>',
    f'<Relationship Id="rId8" Type="{RELATIONS}/sharedStrings" Target="other.xml"/>',
    f'<Relationship Id="rId8" Type="{RELATIONS}/styles" Target="other.xml"/>',
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="text/plain"/>', "<sheetPr/>",
    '<cols><col min="1" max="3" hidden="1"/></cols>', "\n", "  ", "\x00", "\x0b", "text", "\ufeff", "\udcff",
)  # fmt: skip
