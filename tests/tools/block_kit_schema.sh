#!/bin/sh
# Makes tests/golden/block-kit.schema.json anew from Slack's own types of messages (npm @slack/types, MIT).
# The golden file is committed, so this is run only to move to a newer @slack/types. Needs Node 20 and npm.
set -eu
golden="$(cd "$(dirname "$0")/../golden" && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --ignore-scripts --no-audit --no-fund \
    @slack/types@3.2.0 ts-json-schema-generator@2.4.0 typescript@5.9.3
cat > entry.ts <<'TS'
import type { KnownBlock } from '@slack/types';
export type Blocks = KnownBlock[];
TS
cat > tsconfig.json <<'JSON'
{"compilerOptions": {"module": "nodenext", "strict": true, "skipLibCheck": true}, "files": ["entry.ts"]}
JSON
npx ts-json-schema-generator --path entry.ts --tsconfig tsconfig.json --type Blocks \
    --no-type-check --jsDoc none --out "$golden/block-kit.schema.json"
{
    echo "block-kit.schema.json is made by tests/tools/block_kit_schema.sh from the types of the npm package"
    echo "@slack/types 3.2.0 (https://github.com/slackapi/node-slack-sdk), which has this licence:"
    echo
    cat node_modules/@slack/types/LICENSE
} > "$golden/block-kit.schema.NOTICE"
