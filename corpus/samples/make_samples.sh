#!/usr/bin/env bash
# Makes the Word and PDF samples in reports/ from their sources. Needs pandoc, LibreOffice (soffice) and Chromium.
# The result is committed: nobody has to run this to use or test Atzina.
set -euo pipefail
cd "$(dirname "$0")"
export SOURCE_DATE_EPOCH=1700000000
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for source in sources/*.docx.md; do
  pandoc "$source" -o "reports/$(basename "$source" .md)"
done
for source in sources/*.pdf.md; do
  name=$(basename "$source" .pdf.md)
  pandoc "$source" -o "$scratch/$name.docx"
  soffice --headless --convert-to pdf --outdir reports "$scratch/$name.docx" >/dev/null
done
for source in sources/*.pdf.html; do
  chromium --headless --no-sandbox --disable-gpu --print-to-pdf="reports/$(basename "$source" .html)" "file://$PWD/$source" 2>/dev/null
done
