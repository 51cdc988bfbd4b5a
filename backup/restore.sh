#!/bin/sh
# 写しを、確かめてから、新しいファイルに取り出す。あるファイルには書かない。
# 使い方: restore.sh 写し(.db または .db.age) 取り出し先 [秘密鍵のファイル]
set -eu

fail() { echo "restore.sh: $*" >&2; exit 1; }
usage() { echo "使い方: restore.sh 写し 取り出し先 [秘密鍵のファイル]" >&2; exit 2; }
[ $# -ge 2 ] && [ $# -le 3 ] || usage
copy=$1 target=$2 key=${3:-}

[ -f "$copy" ] || fail "$copy: ありません"
[ ! -e "$target" ] || fail "$target: あるファイルには書きません"
command -v sqlite3 >/dev/null || fail "sqlite3 がありません"
umask 077

dir=$(dirname "$copy") name=$(basename "$copy")
if [ -f "$copy.sha256" ]; then
  (cd "$dir" && sha256sum -c --quiet "$name.sha256") || fail "$copy: SHA-256 が合いません。写しが変わったか、壊れています"
else
  echo "restore.sh: $copy.sha256 がないので、SHA-256 は確かめません" >&2
fi

half="$target.half"
rm -f "$half"
trap 'rm -f "$half"' EXIT
case $name in
  *.age)
    [ -n "$key" ] || fail "$copy: 暗号化されています。秘密鍵のファイルを3番目に書いてください"
    command -v age >/dev/null || fail "age がありません"
    age -d -i "$key" -o "$half" "$copy" || fail "$copy: 開けません"
    ;;
  *) cp "$copy" "$half" ;;
esac

said=$(sqlite3 "$half" 'PRAGMA integrity_check; PRAGMA foreign_key_check;') || fail "$copy: 読めません"
[ "$said" = ok ] || fail "$copy: 整合性検査で異常が見つかりました: $said"
sqlite3 "$half" "SELECT '自治体コード ' || code FROM municipality;
  SELECT '書込み ' || commit_no || ' 番目まで、' || datetime(now_at / 1000, 'unixepoch', '+9 hours') || '（日本時間）' FROM progress;
  SELECT 'カード ' || count(*) || ' 枚' FROM card;
  SELECT '予約 ' || count(*) || ' 件' FROM booking;"
mv "$half" "$target"
sync "$target"
echo "$target に取り出しました"
