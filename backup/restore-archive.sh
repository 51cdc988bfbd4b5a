#!/bin/sh
# 保管から、stock の litestream で、新しいファイルに取り出す。あるファイルには書かない。
# 使い方: restore-archive.sh 保管の自治体のディレクトリ(例 /var/archive/madoguchi/999999) 取り出し先 [時刻(UTC、例 2026-04-13T01:15:00Z)]
set -eu

fail() { echo "restore-archive.sh: $*" >&2; exit 1; }
[ $# -ge 2 ] && [ $# -le 3 ] || { echo "使い方: restore-archive.sh ディレクトリ 取り出し先 [時刻]" >&2; exit 2; }
city=$1 target=$2 at=${3:-}

[ -f "$city/LATEST" ] || fail "$city/LATEST: ありません"
[ ! -e "$target" ] || fail "$target: あるファイルには書きません"
command -v litestream >/dev/null || fail "litestream がありません"
command -v sqlite3 >/dev/null || fail "sqlite3 がありません"
umask 077
lineage=$(cd "$city" && pwd)/$(cat "$city/LATEST")
if [ -n "$at" ]; then
  litestream restore -o "$target" -integrity-check full -timestamp "$at" "file://$lineage"
else
  litestream restore -o "$target" -integrity-check full "file://$lineage"
fi
sqlite3 "$target" "SELECT '書込み ' || commit_no || ' 番目まで、' || datetime(now_at / 1000, 'unixepoch', '+9 hours') || '（日本時間）' FROM progress;"
echo "$target に取り出しました"
