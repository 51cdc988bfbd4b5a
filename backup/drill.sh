#!/bin/sh
# 自治体ひとつの、いちばん新しい写しを復元し、確かめて、消す。終わりは 0（復元できた）か 1。
# 使い方: drill.sh 写しのディレクトリ(例 /var/backups/madoguchi/999999) [秘密鍵のファイル]
set -eu

[ $# -ge 1 ] && [ $# -le 2 ] || { echo "使い方: drill.sh ディレクトリ [秘密鍵のファイル]" >&2; exit 2; }
dir=$1 key=${2:-}
here=$(cd "$(dirname "$0")" && pwd)

newest=$(ls -1 "$dir" 2>/dev/null | grep -E '^[0-9]{8}-[0-9]{6}\.db(\.age)?$' | sort | tail -n 1)
[ -n "$newest" ] || { echo "drill.sh: $dir: 写しがありません" >&2; exit 1; }

work=$(mktemp -d "$dir/.drill-XXXXXX")
trap 'rm -rf "$work"' EXIT
"$here/restore.sh" "$dir/$newest" "$work/restored.db" $key
echo "$newest: 復元できました"
