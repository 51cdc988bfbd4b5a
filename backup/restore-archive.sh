#!/bin/sh
# 保管から、stock の litestream で、新しいファイルに取り出す。あるファイルには書かない。
# 使い方: restore-archive.sh 保管の自治体の場所 取り出し先 [時刻(UTC、例 2026-04-13T01:15:00Z)]
# 場所は、ディレクトリ（例 /var/archive/madoguchi/999999）か、S3 互換の保管先（例 s3://バケット/前置き/999999）。
# S3 のときは、環境変数 AWS_ACCESS_KEY_ID、AWS_SECRET_ACCESS_KEY、AWS_REGION と、自前の保管先なら ENDPOINT（例 https://s3.example.jp:9000）。
set -eu

fail() { echo "restore-archive.sh: $*" >&2; exit 1; }
[ $# -ge 2 ] && [ $# -le 3 ] || { echo "使い方: restore-archive.sh 場所 取り出し先 [時刻]" >&2; exit 2; }
city=${1%/} target=$2 at=${3:-}

# s3://バケット/鍵 の中身。秘密は引数に書かない（ps で見える）
get() {
  command -v curl >/dev/null || fail "curl がありません"
  rest=${1#s3://} region=${AWS_REGION:-ap-northeast-1}
  base=${ENDPOINT:-https://s3.$region.amazonaws.com}
  printf 'user = "%s:%s"\n' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" |
    curl -sS -f -K - --aws-sigv4 "aws:amz:$region:s3" "$base/$rest"
}

[ ! -e "$target" ] || fail "$target: あるファイルには書きません"
command -v litestream >/dev/null || fail "litestream がありません"
command -v sqlite3 >/dev/null || fail "sqlite3 がありません"
umask 077
case $city in
  s3://*)
    [ -n "${AWS_ACCESS_KEY_ID:-}" ] && [ -n "${AWS_SECRET_ACCESS_KEY:-}" ] ||
      fail "AWS_ACCESS_KEY_ID と AWS_SECRET_ACCESS_KEY を設定してください"
    newest=$(get "$city/LATEST") || fail "$city/LATEST: 読めません"
    from="$city/$newest${ENDPOINT:+?endpoint=$ENDPOINT}"
    ;;
  *)
    [ -f "$city/LATEST" ] || fail "$city/LATEST: ありません"
    from="file://$(cd "$city" && pwd)/$(cat "$city/LATEST")"
    ;;
esac
if [ -n "$at" ]; then
  litestream restore -o "$target" -integrity-check full -timestamp "$at" "$from"
else
  litestream restore -o "$target" -integrity-check full "$from"
fi
sqlite3 "$target" "SELECT '書込み ' || commit_no || ' 番目まで、' || datetime(now_at / 1000, 'unixepoch', '+9 hours') || '（日本時間）' FROM progress;"
echo "$target に取り出しました"
