#!/usr/bin/env bash
# Makes the sample reports that are not written as they stand: sources/NAME.docx.md, NAME.pdf.md and NAME.pdf.html
# become reports/NAME.docx and NAME.pdf, the same bytes each time. Needs pandoc, LibreOffice Writer (soffice),
# Chromium (131 or newer, for running headers) and python3:
# apt-get install pandoc libreoffice-writer-nogui chromium. NAME begins with the language's code.
#
#     make_samples.sh [NAME ...]   all of them, or only those named
set -euo pipefail
cd "$(dirname "$0")"
export SOURCE_DATE_EPOCH=1735689600 TZ=UTC LC_ALL=C.UTF-8 # 2025-01-01: what is made does not tell when
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p reports

pandoc --print-default-data-file reference.docx >"$tmp/letter.docx"
python3 - "$tmp" <<'END' # pandoc's own pattern, on A4
import sys, zipfile
size = b'<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1418" w:right="1418" w:bottom="1418" w:left="1418"'
size += b' w:header="709" w:footer="709" w:gutter="0"/></w:sectPr>'
with zipfile.ZipFile(f"{sys.argv[1]}/letter.docx") as old, zipfile.ZipFile(f"{sys.argv[1]}/a4.docx", "w") as new:
    for name in old.namelist():
        new.writestr(zipfile.ZipInfo(name), old.read(name).replace(b"<w:sectPr />", size))
END

word() { # SOURCE NAME TARGET
    pandoc --quiet --from markdown --to docx --reference-doc "$tmp/a4.docx" --metadata lang="${2%%-*}" --output "$3" "$1"
}

undated() { # PDF: what depends on the moment of making becomes, in as many characters, always the same
    local zeros=00000000000000000000000000000000
    LC_ALL=C sed -i -z -E -e 's#/(CreationDate|ModDate) ?\(D:[0-9]{14}#/\1 (D:20250101000000#g' \
        -e "s#(/ID ?\[ ?<)[0-9A-F]{32}(>\s*<)[0-9A-F]{32}#\1$zeros\2$zeros#g" \
        -e "s#/DocChecksum /[0-9A-F]{32}#/DocChecksum /$zeros#g" "$1"
}

for source in sources/*.docx.md sources/*.pdf.md sources/*.pdf.html; do
    [[ -e $source ]] || continue
    file=${source##*/} name=${source##*/}
    name=${name%.md} name=${name%.html}
    kind=${name##*.} name=${name%.*}
    [[ $# -eq 0 || " $* " == *" $name "* ]] || continue
    made=$tmp/$name.$kind
    case $file in
        *.docx.md) word "$source" "$name" "$made" ;;
        *.pdf.md)
            word "$source" "$name" "$tmp/$name.docx"
            soffice -env:UserInstallation="file://$tmp/office" --headless --convert-to pdf --outdir "$tmp" \
                "$tmp/$name.docx" >"$tmp/log" 2>&1 || { cat "$tmp/log"; exit 1; }
            undated "$made"
            ;;
        *.pdf.html)
            chromium --headless --no-sandbox --disable-gpu --user-data-dir="$tmp/chromium" --no-pdf-header-footer \
                --print-to-pdf="$made" "file://$PWD/$source" >"$tmp/log" 2>&1 || { cat "$tmp/log"; exit 1; }
            undated "$made"
            ;;
    esac
    [[ -s $made ]] || { echo "$file was not made:"; cat "$tmp/log"; exit 1; }
    mv "$made" "reports/$name.$kind"
    echo "reports/$name.$kind"
done
