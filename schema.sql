-- 窓口（madoguchi） データ定義書
--
-- 自治体ひとつにつきファイルひとつ（SQLite、WAL）。このファイルが現在の全表である。
-- 版は PRAGMA user_version。古いファイルは src/db/migrations/ の手順で同じ形になる（試験で確かめる）。
-- 約束
--   ・末尾 _at は時刻: UNIX 時刻のミリ秒（UTC）。 末尾 _on は暦日: 'YYYY-MM-DD'（日本時間）。
--   ・末尾 _min は一日のなかの時刻: 0時からの分（日本時間）。
--   ・個人番号（マイナンバー）は、どの表にも、どの列にも入れない。
--   ・守るべき条件は索引と CHECK に書く。書込みの最後の砦はこのファイルである。
--   ・OR ROLLBACK、RAISE(ROLLBACK)、DEFERRABLE は使わない（一括確定の全体が失われるため）。

-- ───────────────────────── ファイルと時計 ─────────────────────────

-- このファイルがどの自治体のものか。1行だけ。開くとき、戻すとき、待機系へ送るときに必ず照合する。
CREATE TABLE municipality (
  id          INTEGER PRIMARY KEY CHECK (id = 1),
  code        TEXT NOT NULL CHECK (code GLOB '[0-9][0-9][0-9][0-9][0-9][0-9]'), -- 全国地方公共団体コード（6桁）
  file_id     TEXT NOT NULL,                                                    -- このファイルの番号（作成時の乱数）
  demo        INTEGER NOT NULL DEFAULT 0 CHECK (demo IN (0, 1)),                 -- 1 = 見本。serve は開かない
  created_at  INTEGER NOT NULL
) STRICT;

-- 確定した書込みの通し番号と、その時刻（時計が戻っても時刻は戻らない）。1行だけ。
CREATE TABLE progress (
  id         INTEGER PRIMARY KEY CHECK (id = 1),
  commit_no  INTEGER NOT NULL,   -- まとめて確定するたびに 1 増える
  now_at     INTEGER NOT NULL    -- 最後の書込みの時刻
) STRICT;

-- 自治体ごとの鍵（クッキーの暗号、要約の塩）。
CREATE TABLE secret (
  name   TEXT PRIMARY KEY,
  value  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- 自治体が画面で決める設定。キーと既定値は src/settings/ にある。既定のままの項目は行がない。
CREATE TABLE setting (
  key         TEXT PRIMARY KEY,
  value       TEXT NOT NULL,      -- JSON
  updated_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- 自治体が直した文言。行がなければ製品の文言（messages/）を使う。
CREATE TABLE city_text (
  key         TEXT NOT NULL,      -- 例: precaution.1
  language    TEXT NOT NULL,      -- ja, ja-easy, en …
  value       TEXT NOT NULL,
  updated_at  INTEGER NOT NULL,
  PRIMARY KEY (key, language)
) STRICT, WITHOUT ROWID;

-- ───────────────────────── 職員と権限 ─────────────────────────

-- 役割。権限の束（仕様書 7(2)②）。
CREATE TABLE role (
  id    INTEGER PRIMARY KEY,
  code  TEXT NOT NULL UNIQUE,     -- counter, call_center, manager, administrator, auditor（既定）
  name  TEXT NOT NULL
) STRICT;

-- 役割が持つ権限。符号は src/accounts/permission.rs。
CREATE TABLE role_permission (
  role_id     INTEGER NOT NULL REFERENCES role (id),
  permission  TEXT NOT NULL,
  PRIMARY KEY (role_id, permission)
) STRICT, WITHOUT ROWID;

-- 職員（利用者）。
CREATE TABLE staff (
  id                   INTEGER PRIMARY KEY,
  user                 TEXT NOT NULL UNIQUE,                       -- 利用者ID（小文字）
  name                 TEXT NOT NULL,                              -- 氏名
  role_id              INTEGER NOT NULL REFERENCES role (id),
  home_location_id     INTEGER REFERENCES location (id),           -- 画面を開いたときの交付場所
  password_hash        TEXT NOT NULL,                              -- Argon2id
  password_changed_at  INTEGER NOT NULL,
  must_change          INTEGER NOT NULL DEFAULT 1 CHECK (must_change IN (0, 1)), -- 初期パスワード
  totp_secret          BLOB,                                       -- 二要素。NULL = 未登録
  totp_step            INTEGER,                                    -- 最後に使ったコードの番号（使い回しを断る）
  comfy                INTEGER NOT NULL DEFAULT 0 CHECK (comfy IN (0, 1)),       -- 文字と行を大きく
  disabled_at          INTEGER,                                    -- 利用停止
  last_sign_in_at      INTEGER,
  created_at           INTEGER NOT NULL,
  version              INTEGER NOT NULL DEFAULT 1
) STRICT;

-- 役割を特定の交付場所に限るとき。行がない職員は全ての場所を扱える。
CREATE TABLE staff_location (
  staff_id     INTEGER NOT NULL REFERENCES staff (id),
  location_id  INTEGER NOT NULL REFERENCES location (id),
  PRIMARY KEY (staff_id, location_id)
) STRICT, WITHOUT ROWID;

-- 職員のログイン中の状態。
CREATE TABLE staff_session (
  id_hash       BLOB PRIMARY KEY,         -- クッキーの SHA-256
  staff_id      INTEGER NOT NULL REFERENCES staff (id),
  stage         TEXT NOT NULL CHECK (stage IN ('totp', 'password', 'open')), -- 次に要るもの。open = 使える
  location_id   INTEGER REFERENCES location (id),      -- いま選んでいる交付場所
  flash         TEXT,                                  -- 次の画面の知らせ（JSON）
  origin        TEXT NOT NULL,                         -- 接続元
  created_at    INTEGER NOT NULL,
  last_seen_at  INTEGER NOT NULL,
  expires_at    INTEGER NOT NULL                       -- どれだけ使っていてもここで終わる
) STRICT, WITHOUT ROWID;
CREATE INDEX staff_session_staff ON staff_session (staff_id);

-- ログインの記録（成功と失敗）。
CREATE TABLE sign_in (
  id      INTEGER PRIMARY KEY,
  at      INTEGER NOT NULL,
  user    TEXT NOT NULL,
  origin  TEXT NOT NULL,
  result  TEXT NOT NULL CHECK (result IN ('ok', 'wrong', 'locked', 'disabled', 'totp_wrong', 'signed_out', 'forced_out', 'expired'))
) STRICT;
CREATE INDEX sign_in_at ON sign_in (at);

-- 誤りの回数とロック。kind: notice（通知書ID×接続元）, notice_day（通知書ID×一日）, sign_in（利用者ID）, birthday（リンク）。
-- key_hash は鍵付きの要約で、番号そのものは残らない（仕様書 7(3)⑭）。
CREATE TABLE attempt (
  kind          TEXT NOT NULL,
  key_hash      BLOB NOT NULL,
  failures      INTEGER NOT NULL,
  since_at      INTEGER NOT NULL,   -- 数え始め
  locked_until  INTEGER,
  PRIMARY KEY (kind, key_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_since ON attempt (since_at);

-- ───────────────────────── 場所と保管 ─────────────────────────

-- 交付場所（受付場所）。履歴のあるものは消さず、閉じる。
CREATE TABLE location (
  id               INTEGER PRIMARY KEY,
  code             TEXT NOT NULL UNIQUE,                    -- URL と帳票で使う短い符号（半角英数）
  name             TEXT NOT NULL,
  address          TEXT NOT NULL DEFAULT '',
  access           TEXT NOT NULL DEFAULT '',                -- 行き方、駐車場
  phone            TEXT NOT NULL DEFAULT '',
  barrier_free     TEXT NOT NULL DEFAULT '',
  hours_text       TEXT NOT NULL DEFAULT '',                -- 開いている時間（ことばで。市民の画面に出す）
  position         INTEGER NOT NULL,                        -- 並び順
  citizen_visible  INTEGER NOT NULL DEFAULT 1 CHECK (citizen_visible IN (0, 1)), -- 市民が選べる（7(3)⑦）
  seats_by         TEXT NOT NULL DEFAULT 'people' CHECK (seats_by IN ('people', 'booking')), -- 枠の数え方
  few_percent      INTEGER NOT NULL DEFAULT 30 CHECK (few_percent BETWEEN 0 AND 100),        -- 残りがこの割合以下で △
  shown_weekdays   INTEGER NOT NULL DEFAULT 127 CHECK (shown_weekdays BETWEEN 1 AND 127),    -- 市民のカレンダーに出す曜日（日曜 1、月曜 2、火曜 4 … の和）
  retired_on       TEXT,                                    -- この日から使わない
  version          INTEGER NOT NULL DEFAULT 1
) STRICT;

-- 交付場所の外国語などの表記。
CREATE TABLE location_text (
  location_id   INTEGER NOT NULL REFERENCES location (id),
  language      TEXT NOT NULL,
  name          TEXT NOT NULL,
  address       TEXT NOT NULL DEFAULT '',
  access        TEXT NOT NULL DEFAULT '',
  barrier_free  TEXT NOT NULL DEFAULT '',
  hours_text    TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (location_id, language)
) STRICT, WITHOUT ROWID;

-- 保管場所（カードが置いてある部屋・金庫・ロッカー）。カードを置いたことのあるものは消さず、使わないことにする。
CREATE TABLE storage (
  id           INTEGER PRIMARY KEY,
  code         TEXT NOT NULL UNIQUE,
  name         TEXT NOT NULL,
  location_id  INTEGER REFERENCES location (id),    -- どの交付場所にあるか
  barcode      TEXT UNIQUE,                         -- 札のバーコード（照合用の形）。NULL = 製品の番号（ST00001 …）
  position     INTEGER NOT NULL DEFAULT 0,          -- 並び順
  retired_at   INTEGER,                             -- この時刻から使わない
  version      INTEGER NOT NULL DEFAULT 1
) STRICT;

-- 保管場所のなかの棚・箱。card.shelf はこの code を写したもの。
CREATE TABLE storage_box (
  id           INTEGER PRIMARY KEY,
  storage_id   INTEGER NOT NULL REFERENCES storage (id),
  code         TEXT NOT NULL CHECK (code <> ''),    -- 札に書く名前（例 B-04）
  barcode      TEXT UNIQUE,                         -- 札のバーコード（照合用の形）。NULL = 製品の番号（BX00001 …）
  kind         TEXT NOT NULL CHECK (kind IN ('normal', 'hold', 'returned', 'disposal')), -- 使い方
  capacity     INTEGER CHECK (capacity BETWEEN 1 AND 999), -- 入る枚数。NULL = 決めない
  position     INTEGER NOT NULL,                    -- 並び順。取込はこの順に埋める
  retired_at   INTEGER,
  version      INTEGER NOT NULL DEFAULT 1,
  UNIQUE (storage_id, code)
) STRICT;

-- 取り込むカードの置き場所を決める規則。position の順に見て、最初に合ったものを使う。空の条件は問わない。
CREATE TABLE storage_rule (
  id             INTEGER PRIMARY KEY,
  position       INTEGER NOT NULL,
  location_id    INTEGER REFERENCES location (id),  -- ファイルの交付場所
  notice_prefix  TEXT NOT NULL DEFAULT '',          -- 交付通知書IDの先頭（照合用の形）
  notice_from    TEXT NOT NULL DEFAULT '',          -- 交付通知書IDの範囲（両端を含む）
  notice_to      TEXT NOT NULL DEFAULT '',
  profile        TEXT NOT NULL DEFAULT '',          -- 取込定義の名前
  storage_id     INTEGER REFERENCES storage (id),   -- 置く保管場所。NULL = ファイルの交付場所にある保管場所
  box_id         INTEGER REFERENCES storage_box (id), -- 置く箱。NULL = 通常の箱を並び順に
  CHECK (box_id IS NULL OR storage_id IS NOT NULL)
) STRICT;

-- 棚卸。保管場所の全体、またはその箱ひとつを数える。何人でも同時に読み取れる。
CREATE TABLE stocktake (
  id             INTEGER PRIMARY KEY,
  storage_id     INTEGER NOT NULL REFERENCES storage (id),
  shelf          TEXT NOT NULL DEFAULT '',          -- 箱。空 = 保管場所の全体
  state          TEXT NOT NULL CHECK (state IN ('open', 'finishing', 'finished', 'abandoned')), -- finishing = 見つからないカードを少しずつ書いている
  started_at     INTEGER NOT NULL,
  started_by     TEXT NOT NULL,
  finished_at    INTEGER,
  finished_by    TEXT,                              -- 終えると決めた人（finishing から入る）
  expected       INTEGER,                           -- 終えたときの枚数: あるはず
  found          INTEGER,                           -- 見つかった
  missing        INTEGER,                           -- 見つからない
  foreign_cards  INTEGER,                           -- ほかの場所のカード・登録のない番号
  after_shelf    TEXT,                              -- finishing で書き終えたところ: 棚、番号、カード
  after_position TEXT,
  after_card_id  INTEGER,
  CHECK ((state IN ('open', 'finishing')) = (finished_at IS NULL)),
  CHECK ((state = 'open') = (finished_by IS NULL)),
  CHECK ((state = 'finished') = (expected IS NOT NULL)),
  CHECK (expected IS NULL OR expected = found + missing)
) STRICT;
CREATE UNIQUE INDEX stocktake_one_open ON stocktake (storage_id, shelf) WHERE state IN ('open', 'finishing');
CREATE INDEX stocktake_place ON stocktake (storage_id, shelf, id);

-- 棚卸で読み取ったもの、終えたときに見つからなかったもの。カード1枚に1行。
CREATE TABLE stocktake_line (
  id            INTEGER PRIMARY KEY,
  stocktake_id  INTEGER NOT NULL REFERENCES stocktake (id),
  card_id       INTEGER REFERENCES card (id),       -- NULL = 登録のない番号
  typed         TEXT,                               -- 登録のない番号（照合用の形）
  outcome       TEXT NOT NULL CHECK (outcome IN ('found', 'foreign', 'unknown', 'missing')),
  storage_id    INTEGER REFERENCES storage (id),    -- そのときの登録の保管場所
  label         TEXT NOT NULL DEFAULT '',           -- そのときの登録の棚と番号
  times         INTEGER NOT NULL,                   -- 読み取った回数
  at            INTEGER NOT NULL,                   -- 最後に読み取った時刻
  by            TEXT NOT NULL,
  CHECK ((outcome = 'unknown') = (card_id IS NULL)),
  CHECK ((card_id IS NULL) = (typed IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX stocktake_line_one_card ON stocktake_line (stocktake_id, card_id) WHERE card_id IS NOT NULL;
CREATE UNIQUE INDEX stocktake_line_one_typed ON stocktake_line (stocktake_id, typed) WHERE typed IS NOT NULL;
CREATE INDEX stocktake_line_last ON stocktake_line (stocktake_id, at);
CREATE INDEX stocktake_line_outcome ON stocktake_line (stocktake_id, outcome); -- 結果ごとの枚数、報告の順
CREATE INDEX stocktake_line_card ON stocktake_line (card_id);

-- 所在不明のカードの記録。状態 missing と同時に始まり、状態が戻ると終わる。
CREATE TABLE missing_card (
  id               INTEGER PRIMARY KEY,
  card_id          INTEGER NOT NULL REFERENCES card (id),
  state            TEXT NOT NULL CHECK (state IN ('open', 'found', 'closed')),
  noticed_at       INTEGER NOT NULL,
  noticed_by       TEXT NOT NULL,
  how              TEXT NOT NULL,                   -- どう気づいたか
  stocktake_id     INTEGER REFERENCES stocktake (id), -- 見つからなかった棚卸
  last_storage_id  INTEGER REFERENCES storage (id), -- 最後の置き場所
  last_label       TEXT NOT NULL DEFAULT '',
  last_seen_at     INTEGER,                         -- 確かにあった最後の時刻
  last_seen_by     TEXT,
  ended_at         INTEGER,
  ended_by         TEXT,
  ending           TEXT,                            -- どう終わったか
  version          INTEGER NOT NULL DEFAULT 1,
  CHECK ((state = 'open') = (ended_at IS NULL))
) STRICT;
CREATE UNIQUE INDEX missing_card_one_open ON missing_card (card_id) WHERE state = 'open';
CREATE INDEX missing_card_card ON missing_card (card_id);

-- 所在不明のカードについて、したこと。
CREATE TABLE missing_step (
  id          INTEGER PRIMARY KEY,
  missing_id  INTEGER NOT NULL REFERENCES missing_card (id),
  at          INTEGER NOT NULL,
  by          TEXT NOT NULL,
  text        TEXT NOT NULL
) STRICT;
CREATE INDEX missing_step_of ON missing_step (missing_id);

-- 保管場所から交付場所へ運ぶ日数（開庁日）。行がない組は設定 route.lead_days。
CREATE TABLE route (
  storage_id   INTEGER NOT NULL REFERENCES storage (id),
  location_id  INTEGER NOT NULL REFERENCES location (id),
  lead_days    INTEGER NOT NULL CHECK (lead_days BETWEEN 0 AND 60),
  PRIMARY KEY (storage_id, location_id)
) STRICT, WITHOUT ROWID;

-- ───────────────────────── 開庁時間と枠 ─────────────────────────
-- 枠は行にしない。下の規則から日ごとに計算する（src/calendar/）。

-- 開庁時間パターン（通常・短縮・延長…いくつでも。7(2)⑤）。
CREATE TABLE hours_pattern (
  id          INTEGER PRIMARY KEY,
  name        TEXT NOT NULL,
  position    INTEGER NOT NULL,
  retired_at  INTEGER                -- 一覧から消した時刻。過去の日の時間のために行は残す。NULL = 使っている
) STRICT;
CREATE UNIQUE INDEX hours_pattern_name ON hours_pattern (name) WHERE retired_at IS NULL;

-- パターンのなかの時間帯。昼休みは時間帯のあいだの空きで表す。effective_on から、次の effective_on の前の日まで効く。
CREATE TABLE hours_period (
  pattern_id  INTEGER NOT NULL REFERENCES hours_pattern (id),
  effective_on TEXT NOT NULL DEFAULT '1900-01-01', -- この日から効く（1900-01-01 = はじめから）
  starts_min  INTEGER NOT NULL CHECK (starts_min BETWEEN 0 AND 1439),
  ends_min    INTEGER NOT NULL CHECK (ends_min BETWEEN 1 AND 1440),
  unit_min    INTEGER NOT NULL CHECK (unit_min IN (10, 15, 20, 30, 60)), -- 枠の長さ
  capacity    INTEGER NOT NULL CHECK (capacity BETWEEN 0 AND 999),       -- 1枠の予約可能数
  PRIMARY KEY (pattern_id, effective_on, starts_min),
  CHECK (starts_min < ends_min)
) STRICT, WITHOUT ROWID;

-- 曜日ごとの割当て。effective_on から効く。pattern_id が NULL = その曜日は休み。
CREATE TABLE weekly_plan (
  location_id   INTEGER NOT NULL REFERENCES location (id),
  weekday       INTEGER NOT NULL CHECK (weekday BETWEEN 0 AND 6), -- 0 = 日曜
  effective_on  TEXT NOT NULL,
  pattern_id    INTEGER REFERENCES hours_pattern (id),
  capacity      INTEGER CHECK (capacity BETWEEN 0 AND 999),       -- NULL = パターンの数
  PRIMARY KEY (location_id, weekday, effective_on)
) STRICT, WITHOUT ROWID;

-- 第n曜日の開庁（例: 第2土曜）。
CREATE TABLE nth_weekday (
  location_id   INTEGER NOT NULL REFERENCES location (id),
  nth           INTEGER NOT NULL CHECK (nth BETWEEN 1 AND 6),     -- 6 = 最終
  weekday       INTEGER NOT NULL CHECK (weekday BETWEEN 0 AND 6),
  effective_on  TEXT NOT NULL,
  until_on      TEXT,                                             -- 最後の日。NULL = やめるまで
  pattern_id    INTEGER REFERENCES hours_pattern (id),            -- NULL = 休み
  capacity      INTEGER CHECK (capacity BETWEEN 0 AND 999),
  PRIMARY KEY (location_id, nth, weekday, effective_on),
  CHECK (until_on IS NULL OR until_on >= effective_on)
) STRICT, WITHOUT ROWID;

-- 特定の日（臨時開庁・閉庁・その日だけの変更）。location_id 0 = 全ての場所。
CREATE TABLE special_day (
  location_id  INTEGER NOT NULL,
  on_day       TEXT NOT NULL,
  kind         TEXT NOT NULL CHECK (kind IN ('open', 'closed')),
  pattern_id   INTEGER REFERENCES hours_pattern (id),             -- open のときの時間
  unit_min     INTEGER CHECK (unit_min IN (10, 15, 20, 30, 60)),  -- その日だけの枠の長さ。NULL = パターンのまま
  capacity     INTEGER CHECK (capacity BETWEEN 0 AND 999),
  reason       TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (location_id, on_day),
  CHECK (kind = 'closed' OR pattern_id IS NOT NULL)
) STRICT, WITHOUT ROWID;

-- 毎年の休み（年末年始）。始まりが終わりより後なら年をまたぐ。
CREATE TABLE yearly_closure (
  from_md  TEXT NOT NULL CHECK (from_md GLOB '[0-1][0-9]-[0-3][0-9]'),
  to_md    TEXT NOT NULL CHECK (to_md GLOB '[0-1][0-9]-[0-3][0-9]'),
  name     TEXT NOT NULL,
  PRIMARY KEY (from_md, to_md)
) STRICT, WITHOUT ROWID;

-- 内閣府の CSV から読んだ祝日。行のある年は計算より優先する。
CREATE TABLE holiday (
  on_day  TEXT PRIMARY KEY,
  name    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- ひとつの枠だけの変更。
CREATE TABLE slot_override (
  location_id   INTEGER NOT NULL REFERENCES location (id),
  on_day        TEXT NOT NULL,
  starts_min    INTEGER NOT NULL CHECK (starts_min BETWEEN 0 AND 1439),
  capacity      INTEGER CHECK (capacity BETWEEN 0 AND 999),       -- NULL = そのまま
  citizen_open  INTEGER NOT NULL DEFAULT 1 CHECK (citizen_open IN (0, 1)), -- 0 = 市民には出さない
  PRIMARY KEY (location_id, on_day, starts_min)
) STRICT, WITHOUT ROWID;

-- いつから・いつまで予約できるか（7(2)⑥）。市民と職員で別に決める。
CREATE TABLE booking_window (
  location_id        INTEGER NOT NULL REFERENCES location (id),
  audience           TEXT NOT NULL CHECK (audience IN ('citizen', 'staff')),
  lead_days          INTEGER NOT NULL CHECK (lead_days BETWEEN 0 AND 365),          -- 最短: 何日前まで
  lead_unit          TEXT NOT NULL CHECK (lead_unit IN ('days', 'open_days')),
  same_day_until_min INTEGER CHECK (same_day_until_min BETWEEN 0 AND 1440),         -- 当日受付をこの時刻まで。NULL = 当日なし
  latest_kind        TEXT NOT NULL CHECK (latest_kind IN ('days', 'date')),
  latest_days        INTEGER CHECK (latest_days BETWEEN 1 AND 730),                 -- 申込日から何日後まで
  latest_on          TEXT,                                                          -- この日まで
  change_days        INTEGER NOT NULL CHECK (change_days BETWEEN 0 AND 365),        -- 変更は何日前まで
  change_unit        TEXT NOT NULL DEFAULT 'days' CHECK (change_unit IN ('days', 'open_days')), -- 暦の日、開庁日
  change_until_min   INTEGER NOT NULL CHECK (change_until_min BETWEEN 0 AND 1440),  -- その日の何時まで
  cancel_days        INTEGER NOT NULL CHECK (cancel_days BETWEEN 0 AND 365),        -- 取消は何日前まで
  cancel_unit        TEXT NOT NULL DEFAULT 'days' CHECK (cancel_unit IN ('days', 'open_days')), -- 暦の日、開庁日
  cancel_until_min   INTEGER NOT NULL CHECK (cancel_until_min BETWEEN 0 AND 1440),  -- その日の何時まで
  PRIMARY KEY (location_id, audience),
  CHECK ((latest_kind = 'days') = (latest_days IS NOT NULL)),
  CHECK ((latest_kind = 'date') = (latest_on IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- 開庁日・枠の変更の記録。元に戻すために、前の値と後の値を残す。いちばん新しいものだけを戻せる。
CREATE TABLE calendar_change (
  id          INTEGER PRIMARY KEY,
  at          INTEGER NOT NULL,
  staff_id    INTEGER REFERENCES staff (id),
  actor       TEXT NOT NULL,                -- 表示名
  what        TEXT NOT NULL,                -- 何をしたか（職員の画面に出す文）
  plan        TEXT NOT NULL,                -- 変えた内容（JSON）
  before      TEXT NOT NULL,                -- 前の値（JSON。同じ形で、これを反映すると元に戻る）
  undoes      INTEGER UNIQUE REFERENCES calendar_change (id) -- これを元に戻した変更。元に戻せるのは一度
) STRICT;
CREATE INDEX calendar_change_staff ON calendar_change (staff_id);

-- 変更のうち、多くの日・枠にわたる部分の控え。数百件ずつまとめてあり、special_day と slot_override に書き終えると消える。
-- 行があるあいだも予定はこの内容で計算するので、市民と職員に見えるのは変更の前か後のどちらかだけ。
CREATE TABLE calendar_part (
  change_id    INTEGER NOT NULL REFERENCES calendar_change (id),
  part         INTEGER NOT NULL,             -- 変更の中の順番
  location_id  INTEGER NOT NULL REFERENCES location (id),
  edits        TEXT NOT NULL,                -- JSON（calendar_change.plan の edits と同じ形）
  PRIMARY KEY (change_id, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX calendar_part_location ON calendar_part (location_id);

-- 受付経路のために取っておく席。1枠ごとに seats 席を、その日の release_days 日前の release_min 分まで市民に出さない。
CREATE TABLE seat_reserve (
  location_id   INTEGER NOT NULL REFERENCES location (id),
  channel       TEXT NOT NULL CHECK (channel IN ('telephone', 'walk_in')), -- 電話、来庁（窓口）
  seats         INTEGER NOT NULL CHECK (seats BETWEEN 1 AND 99),
  release_days  INTEGER NOT NULL CHECK (release_days BETWEEN 0 AND 60),
  release_min   INTEGER NOT NULL CHECK (release_min BETWEEN 0 AND 1440),
  PRIMARY KEY (location_id, channel)
) STRICT, WITHOUT ROWID;

-- 期間の席をいっせいに市民へ公開する時刻。opens_at になるまで、その期間は市民には出さない（職員は登録できる）。
CREATE TABLE seat_release (
  id           INTEGER PRIMARY KEY,
  location_id  INTEGER NOT NULL REFERENCES location (id),
  from_on      TEXT NOT NULL,
  to_on        TEXT NOT NULL,
  opens_at     INTEGER NOT NULL,
  CHECK (from_on <= to_on)
) STRICT;
CREATE INDEX seat_release_location ON seat_release (location_id, from_on);

-- 一斉閉庁（全国システムの停止、台風など）。閉じているあいだの枠は出ない。予約は消さず、ひとりずつ知らせる。
CREATE TABLE closure (
  id           INTEGER PRIMARY KEY,
  from_at      INTEGER NOT NULL,
  to_at        INTEGER NOT NULL,
  reason       TEXT NOT NULL,                 -- 市民への知らせにも書く
  state        TEXT NOT NULL CHECK (state IN ('telling', 'stopped', 'told', 'reopening', 'reopened')),
  reached      INTEGER NOT NULL DEFAULT 0,    -- どの予約まで知らせたか（予約の行番号）
  created_at   INTEGER NOT NULL,
  created_by   TEXT NOT NULL,
  finished_at  INTEGER,
  version      INTEGER NOT NULL DEFAULT 1,
  CHECK (from_at < to_at)
) STRICT;

-- 一斉閉庁の対象の場所。
CREATE TABLE closure_place (
  closure_id   INTEGER NOT NULL REFERENCES closure (id),
  location_id  INTEGER NOT NULL REFERENCES location (id),
  PRIMARY KEY (closure_id, location_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX closure_place_location ON closure_place (location_id);

-- 枠に関わる規則が変わるたびに 1 増える。空き状況の写しはこの番号で作り直す。
CREATE TABLE calendar_version (
  location_id  INTEGER PRIMARY KEY,
  version      INTEGER NOT NULL
) STRICT;

-- 席の数に関わる書込み（予約・仮押さえ）のたびに、その場所の番号が 1 増える。空き状況の写しはこの番号でも作り直す。
-- 書くのは下の引き金（seat_…）だけ。どの操作から書いても忘れないように、表のほうで数える。
CREATE TABLE seat_version (
  location_id  INTEGER PRIMARY KEY,
  version      INTEGER NOT NULL
) STRICT;

-- ───────────────────────── 取込 ─────────────────────────

-- 取込定義（ファイルの形と列の意味）。保存した行は変えず、保存のたびに版を足す。
CREATE TABLE import_profile (
  id        INTEGER PRIMARY KEY,
  name      TEXT NOT NULL CHECK (name <> ''),
  version   INTEGER NOT NULL CHECK (version >= 1),
  kind      TEXT NOT NULL CHECK (kind IN ('card', 'booking', 'card_status')),
  toml      TEXT NOT NULL,
  actor     TEXT NOT NULL,
  saved_at  INTEGER NOT NULL,
  UNIQUE (name, version)
) STRICT;

-- 取込の実行。applying と undoing のあいだ、その行は誰にも見えない。起動時に applying は片付け、undoing は続ける。
CREATE TABLE import_run (
  id               INTEGER PRIMARY KEY,
  kind             TEXT NOT NULL CHECK (kind IN ('card', 'booking', 'card_status')), -- 作成情報、旧予約、旧システムの状態とメール
  file_name        TEXT NOT NULL,
  file_sha256      TEXT NOT NULL,                       -- ファイルそのものは残さない
  file_size        INTEGER NOT NULL,
  encoding         TEXT NOT NULL,
  profile_id       INTEGER REFERENCES import_profile (id), -- どの取込定義のどの版で読んだか。NULL = 標準の形
  again_reason     TEXT,                                -- 同じファイルをもう一度取り込んだ理由
  state            TEXT NOT NULL CHECK (state IN ('applying', 'applied', 'failed', 'undoing', 'undone')),
  event_id         INTEGER,                             -- history: 取込を始めた記録。新しいカードの履歴の最初の行
  rows             INTEGER NOT NULL DEFAULT 0,
  done             INTEGER NOT NULL DEFAULT 0,          -- 読み終えた行（途中経過）
  new              INTEGER NOT NULL DEFAULT 0,
  changed          INTEGER NOT NULL DEFAULT 0,
  unchanged        INTEGER NOT NULL DEFAULT 0,
  duplicate        INTEGER NOT NULL DEFAULT 0,
  error            INTEGER NOT NULL DEFAULT 0,
  conflict         INTEGER NOT NULL DEFAULT 0,
  removed          INTEGER NOT NULL DEFAULT 0,          -- 取り消したとき: 消した新規
  restored         INTEGER NOT NULL DEFAULT 0,          -- 取り消したとき: 元の値に戻した
  kept             INTEGER NOT NULL DEFAULT 0,          -- 取り消したとき: その間に変わったので残した
  actor            TEXT NOT NULL,
  started_at       INTEGER NOT NULL,
  finished_at      INTEGER,
  undone_at        INTEGER,
  undone_by        TEXT,
  CHECK ((state = 'undone') = (undone_at IS NOT NULL))
) STRICT;
CREATE INDEX import_run_sha ON import_run (file_sha256);

-- 取込で変わる既存カードの値。applying のあいだはここに置き、最後に写す。写した後は、取消のために前の値を残す。
CREATE TABLE import_change (
  run_id    INTEGER NOT NULL REFERENCES import_run (id),
  card_id   INTEGER NOT NULL,
  line      INTEGER NOT NULL,
  fields    TEXT NOT NULL,                                       -- JSON {列: [前の値, 新しい値]}
  done      INTEGER NOT NULL DEFAULT 0 CHECK (done IN (0, 1)),   -- 1 = 写した
  event_id  INTEGER,                                             -- history: 写したときの記録
  PRIMARY KEY (run_id, card_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX import_change_waiting ON import_change (run_id) WHERE done = 0;

-- 移行する旧予約。applying のあいだはここに置き、その後ひとつずつ予約にする。
CREATE TABLE import_booking (
  run_id        INTEGER NOT NULL REFERENCES import_run (id),
  line          INTEGER NOT NULL,                                      -- 代表者の行
  location_id   INTEGER NOT NULL REFERENCES location (id),
  on_day        TEXT NOT NULL,
  starts_min    INTEGER NOT NULL CHECK (starts_min BETWEEN 0 AND 1439),
  ends_min      INTEGER NOT NULL CHECK (ends_min BETWEEN 1 AND 1440),
  capacity      INTEGER NOT NULL,                                      -- その枠の席（確かめたとき）
  seats         INTEGER NOT NULL CHECK (seats BETWEEN 1 AND 5),
  cards         TEXT NOT NULL,                                         -- JSON [カード]。代表者が先
  email         TEXT,
  former_no     TEXT NOT NULL DEFAULT '',                              -- 旧システムの予約番号
  may_go_over   INTEGER NOT NULL CHECK (may_go_over IN (0, 1)),        -- 枠を超えてもよい
  done          INTEGER NOT NULL DEFAULT 0 CHECK (done IN (0, 1)),
  booking_id    INTEGER REFERENCES booking (id),                       -- できた予約。NULL = 取り込まなかった
  email_before  TEXT,                                                  -- 代表者のカードにあったアドレス
  PRIMARY KEY (run_id, line),
  CHECK (starts_min < ends_min)
) STRICT, WITHOUT ROWID;
CREATE INDEX import_booking_waiting ON import_booking (run_id) WHERE done = 0;
CREATE INDEX import_booking_booking ON import_booking (booking_id);

-- 取り込まなかった行と、その理由。個人番号に見える値は残さない。
CREATE TABLE import_error (
  id      INTEGER PRIMARY KEY,
  run_id  INTEGER NOT NULL REFERENCES import_run (id),
  line    INTEGER NOT NULL,
  field   TEXT NOT NULL,
  value   TEXT NOT NULL,
  why     TEXT NOT NULL
) STRICT;
CREATE INDEX import_error_run ON import_error (run_id, line);

-- ───────────────────────── カード ─────────────────────────

-- 個人番号カード1枚。交付通知書IDは一意ではない（7(1)④）。
-- 値の一覧は IN でなく OR で書く。IN（3つ以上）は1行書くごとに小さな表を作り、書く時間が2倍になる。
CREATE TABLE card (
  id                INTEGER PRIMARY KEY,
  notice_id         TEXT NOT NULL,                      -- 交付通知書ID（受け取ったまま）
  notice_id_norm    TEXT NOT NULL,                      -- 照合用（全角・小文字・ハイフンをそろえたもの）
  name              TEXT NOT NULL,                      -- 氏名（表示用。異体字もそのまま）
  kana              TEXT NOT NULL DEFAULT '',
  name_search       TEXT NOT NULL,                      -- 検索用の氏名
  kana_search       TEXT NOT NULL DEFAULT '',
  birth_date        TEXT NOT NULL,                      -- 'YYYY-MM-DD'。不詳の月日は 00
  birth_mmdd        TEXT NOT NULL,                      -- 'MMDD'
  namesake          INTEGER NOT NULL DEFAULT 0,         -- 同姓同名・同生年月日の別人を分ける番号
  person_key        TEXT NOT NULL,                      -- 同じ市民を指す鍵（氏名＋生年月日＋namesake）
  status            TEXT NOT NULL CHECK (status = 'announced' OR status = 'received' OR status = 'preset_done' OR status = 'notified'
                      OR status = 'notice_returned' OR status = 'renotified' OR status = 'incomplete'
                      OR status = 'on_hold' OR status = 'issued' OR status = 'mailed' OR status = 'mail_returned'
                      OR status = 'disposal_candidate' OR status = 'disposed' OR status = 'voided'
                      OR status = 'defect_returned' OR status = 'missing'),
  status_before     TEXT,                               -- on_hold・missing・issued から戻る先（いくつか重なるときは「,」で区切り、近いものが後）
  status_at         INTEGER NOT NULL,
  preset_at         INTEGER,                            -- 交付前設定を終えた時刻（やり直したときは最後）。月報（7(2)⑧）
  booking_state     TEXT CHECK (booking_state = 'confirmed' OR booking_state = 'checked_in' OR booking_state = 'no_show'), -- 生きた予約、または来なかった予約
  label             TEXT NOT NULL GENERATED ALWAYS AS (  -- 職員に見せるひとつの状態
                      CASE
                        WHEN status = 'issued' OR status = 'mailed' OR status = 'mail_returned'
                           OR status = 'disposal_candidate' OR status = 'disposed' OR status = 'voided'
                           OR status = 'defect_returned' OR status = 'missing' THEN status
                        WHEN booking_state = 'checked_in' THEN 'checked_in'
                        WHEN booking_state = 'confirmed' THEN 'booked'
                        WHEN booking_state = 'no_show' THEN 'no_show'
                        ELSE status
                      END) STORED,
  overridden        INTEGER NOT NULL DEFAULT 0 CHECK (overridden IN (0, 1)), -- 1 = いまの状態は規則にない変更による
  reason_code       TEXT CHECK (reason_code = 'moved_out' OR reason_code = 'died' OR reason_code = 'withdrawn'
                      OR reason_code = 'expired' OR reason_code = 'remade' OR reason_code = 'void_other'
                      OR reason_code = 'identity' OR reason_code = 'old_card' OR reason_code = 'proxy'
                      OR reason_code = 'pin' OR reason_code = 'change_first' OR reason_code = 'incomplete_other'), -- 失効・不備の区分
  incomplete_reason TEXT,                               -- 不備の理由
  hold_until        TEXT,                               -- 保留をこの日まで
  storage_id        INTEGER REFERENCES storage (id),    -- 保管場所（7(2)③）
  shelf             TEXT NOT NULL DEFAULT '',           -- 棚・箱
  position          TEXT NOT NULL DEFAULT '',           -- 箱のなかの番号
  placed_at         INTEGER,                            -- そこに置いた時刻
  away              TEXT CHECK (away IN ('transit', 'hand')), -- 置き場所を離れているとき: 回送中・手渡し中
  away_location_id  INTEGER REFERENCES location (id),   -- 回送の行き先
  away_staff_id     INTEGER REFERENCES staff (id),      -- 手渡しの相手
  away_by_id        INTEGER REFERENCES staff (id),      -- 送り出した職員
  away_at           INTEGER,                            -- 送り出した時刻
  at_place          INTEGER NOT NULL GENERATED ALWAYS AS ( -- 1 = 棚・箱の場所を占めている（未着で場所だけ決まったものを含む）
                      CASE
                        WHEN away IS NOT NULL OR storage_id IS NULL THEN 0
                        WHEN status = 'issued' OR status = 'mailed' OR status = 'disposed' OR status = 'defect_returned'
                           OR status = 'missing' THEN 0
                        ELSE 1
                      END) STORED,
  location_id       INTEGER REFERENCES location (id),   -- 通知書に書いた交付場所
  made_on           TEXT,                               -- 作成日
  notice_sent_on    TEXT,                               -- 通知書発送日
  renotice_sent_on  TEXT,                               -- 再通知の発送日
  pickup_due_on     TEXT,                               -- 受取期限（過ぎても予約は断らない）
  valid_until       TEXT,                               -- カードの有効期限
  residence_until   TEXT,                               -- 在留期間の満了日（外国人住民）
  inquiry_no        TEXT NOT NULL DEFAULT '',           -- 照会番号
  email             TEXT,                               -- 登録されたメールアドレス
  remark            TEXT NOT NULL DEFAULT '',           -- 備考（職員のみ。7(2)⑬）
  import_run_id     INTEGER REFERENCES import_run (id),
  import_line       INTEGER,
  former_card_id    INTEGER REFERENCES card (id),       -- 同じ市民の前のカード（再作成など）。取込のときに結ぶ
  created_at        INTEGER NOT NULL,
  updated_at        INTEGER NOT NULL,
  version           INTEGER NOT NULL DEFAULT 1,
  CHECK ((away IS NULL) = (away_at IS NULL)),
  CHECK ((away IS 'transit') = (away_location_id IS NOT NULL)),
  CHECK ((away IS 'hand') = (away_staff_id IS NOT NULL))
) STRICT;
CREATE INDEX card_notice ON card (notice_id_norm, birth_mmdd);
CREATE INDEX card_name ON card (name_search, birth_date, status); -- 同じ市民（氏名＋生年月日）。同姓同名の、まだ渡していないカードもここで分かる（7(1)④）
CREATE INDEX card_kana ON card (kana_search, name_search);        -- 氏名の順。名の途中もこの索引だけを読んで探す
CREATE INDEX card_birth ON card (birth_date);
CREATE INDEX card_label ON card (label, id, status_at);
CREATE INDEX card_storage ON card (storage_id, shelf, position, id, location_id);
CREATE INDEX card_sent ON card (notice_sent_on);
CREATE INDEX card_due ON card (ifnull(pickup_due_on, '9999-12-31'), id); -- 受取期限の順。期限のないカードは最後
CREATE INDEX card_valid ON card (valid_until) WHERE valid_until IS NOT NULL;
CREATE INDEX card_residence ON card (residence_until) WHERE residence_until IS NOT NULL;
CREATE INDEX card_email ON card (email) WHERE email IS NOT NULL;
CREATE INDEX card_remark ON card (remark) WHERE remark <> '';     -- 備考の途中も、この索引だけを読んで探す（7(2)⑧）
CREATE INDEX card_at_place ON card (storage_id, shelf, position, status, import_run_id) WHERE at_place = 1; -- 箱ごとの枚数、空いた番号
CREATE INDEX card_away ON card (away_at) WHERE away IS NOT NULL;
CREATE INDEX card_inquiry ON card (inquiry_no) WHERE inquiry_no <> '';
CREATE INDEX card_run ON card (import_run_id);
CREATE INDEX card_preset ON card (preset_at) WHERE preset_at IS NOT NULL;
CREATE INDEX card_former ON card (former_card_id) WHERE former_card_id IS NOT NULL;

-- 画面と業務が見るカード。取込の途中の行は入らない。
CREATE VIEW card_seen AS
  SELECT * FROM card
  WHERE import_run_id IS NULL
     OR import_run_id NOT IN (SELECT id FROM import_run WHERE state IN ('applying', 'undoing'));

-- ───────────────────────── 予約 ─────────────────────────

-- 手続の種類（カードの受け取り、電子証明書の更新…）。カードの受け取りは必ずあり、ほかは市が開く（8(3)）。
CREATE TABLE procedure (
  code          TEXT PRIMARY KEY CHECK (code GLOB '[a-z]*' AND code NOT GLOB '*[^a-z0-9_]*'), -- issuance …
  name          TEXT NOT NULL,                            -- 職員の画面での名前
  position      INTEGER NOT NULL DEFAULT 1 UNIQUE CHECK (position BETWEEN 1 AND 99), -- 並び順。専用の席の区別にも使う
  open          INTEGER NOT NULL DEFAULT 1 CHECK (open IN (0, 1)),    -- 1 = 受け付ける
  slots         INTEGER NOT NULL DEFAULT 1 CHECK (slots BETWEEN 1 AND 12), -- 続けて使う枠の数
  own_capacity  INTEGER CHECK (own_capacity BETWEEN 1 AND 99), -- 専用の席（1枠あたり）。NULL = 共通の席を使う
  check_by      TEXT NOT NULL DEFAULT 'notice' CHECK (check_by IN ('notice', 'person')), -- 本人の確認：交付通知書ID、または氏名カナ・生年月日・電話
  version       INTEGER NOT NULL DEFAULT 1,
  CHECK (code <> 'issuance' OR (open = 1 AND own_capacity IS NULL AND check_by = 'notice'))
) STRICT, WITHOUT ROWID;

-- 手続を受け付けない交付場所。行のない場所では受け付ける。
CREATE TABLE procedure_absent (
  procedure    TEXT NOT NULL REFERENCES procedure (code),
  location_id  INTEGER NOT NULL REFERENCES location (id),
  PRIMARY KEY (procedure, location_id)
) STRICT, WITHOUT ROWID;

-- 手続の言葉。1行に1つずつ。行のない言語では日本語を使う。
CREATE TABLE procedure_text (
  procedure    TEXT NOT NULL REFERENCES procedure (code),
  language     TEXT NOT NULL,
  name         TEXT NOT NULL,
  about        TEXT NOT NULL DEFAULT '',   -- どんな人のための手続か（1行）
  bring        TEXT NOT NULL DEFAULT '',   -- 持ってくるもの
  precautions  TEXT NOT NULL DEFAULT '',   -- 予約の前に確かめてもらうこと（7(3)⑨）
  PRIMARY KEY (procedure, language)
) STRICT, WITHOUT ROWID;

-- 交付通知書によらない手続に来る人。申し込んだときの氏名カナ・生年月日・電話だけを持つ。
CREATE TABLE applicant (
  id          INTEGER PRIMARY KEY,
  kana        TEXT NOT NULL,
  birth_date  TEXT NOT NULL,                -- 'YYYY-MM-DD'
  phone       TEXT NOT NULL DEFAULT '',
  person_key  TEXT NOT NULL,                -- 同じ市民を指す鍵（カナ＋生年月日）
  created_at  INTEGER NOT NULL,
  kept        INTEGER NOT NULL DEFAULT 0 CHECK (kept IN (0, 1)) -- 1 = 予約か空き待ちに入ったことがある。0 のままなら、しばらくして消す
) STRICT;
CREATE INDEX applicant_idle ON applicant (created_at, id) WHERE kept = 0;
CREATE INDEX applicant_person ON applicant (person_key);

-- 予約。市民・窓口・電話・移行のどれでも同じ表、同じ枠（7(1)⑤）。
CREATE TABLE booking (
  id               INTEGER PRIMARY KEY,
  booking_no       TEXT NOT NULL UNIQUE,                 -- 予約番号（例 K7M2-0413）
  procedure        TEXT NOT NULL DEFAULT 'issuance' REFERENCES procedure (code), -- 何のために来るか。全員に同じ
  location_id      INTEGER NOT NULL REFERENCES location (id),
  on_day           TEXT NOT NULL,
  starts_min       INTEGER NOT NULL CHECK (starts_min BETWEEN 0 AND 1439),
  ends_min         INTEGER NOT NULL CHECK (ends_min BETWEEN 1 AND 1440),
  people           INTEGER NOT NULL CHECK (people BETWEEN 1 AND 5),  -- 人数（7(3)⑥）
  seats            INTEGER NOT NULL CHECK (seats BETWEEN 1 AND 5),   -- 使う枠の数
  status           TEXT NOT NULL CHECK (status IN ('confirmed', 'checked_in', 'completed', 'incomplete', 'cancelled', 'no_show')),
  takes_seat       INTEGER NOT NULL CHECK (takes_seat IN (0, 1)),    -- 枠を使っているか（取消で 0）
  channel          TEXT NOT NULL CHECK (channel IN ('web', 'counter', 'telephone', 'walk_in', 'migrated')),
  over_capacity    INTEGER NOT NULL DEFAULT 0 CHECK (over_capacity IN (0, 1)), -- 枠を超えた登録（7(2)④）
  over_reason      TEXT,
  email            TEXT,
  language         TEXT NOT NULL DEFAULT 'ja',
  acknowledged_at  INTEGER,                              -- 注意事項を確認した時刻（7(3)⑨）
  cancel_reason    TEXT,
  cancelled_by     TEXT CHECK (cancelled_by IN ('citizen', 'staff', 'system')),
  checked_in_at    INTEGER,
  finished_at      INTEGER,                              -- 全員の交付または取消
  sequence         INTEGER NOT NULL DEFAULT 0,           -- 変更の回数（iCalendar の SEQUENCE）
  reminded_sequence INTEGER,                             -- 事前のお知らせを済ませた（または要らないと分かった）ときの sequence
  invited_times    INTEGER NOT NULL DEFAULT 0,           -- 来なかった方へ再案内を送った回数（7(2)⑫）
  invited_at       INTEGER,                              -- 最後に再案内を送った時刻
  followed         TEXT CHECK (followed IN ('done', 'stopped', 'rebooked')), -- 来なかった方への対応が終わった（対応済み・案内しない・予約し直した）
  created_at       INTEGER NOT NULL,
  updated_at       INTEGER NOT NULL,
  version          INTEGER NOT NULL DEFAULT 1,
  CHECK (starts_min < ends_min),
  CHECK (over_capacity = 0 OR over_reason IS NOT NULL),
  CHECK (takes_seat = (status <> 'cancelled'))
) STRICT;
CREATE INDEX booking_slot ON booking (location_id, on_day, starts_min) WHERE takes_seat = 1;
CREATE INDEX booking_day ON booking (on_day, location_id);
-- 統計（7(2)⑫）が数える列だけの写し。1年分（数万件）を表を開かずに数える。
CREATE INDEX booking_counted ON booking (on_day, location_id, starts_min, status, channel, people, created_at, checked_in_at, finished_at);
CREATE INDEX booking_awaited ON booking (on_day, ends_min) WHERE status = 'confirmed'; -- 来なかった人を探す（7(2)⑫）
CREATE INDEX booking_email ON booking (email) WHERE email IS NOT NULL;
-- 事前のお知らせがまだの予約（7(3)⑪）。
CREATE INDEX booking_unreminded ON booking (on_day)
  WHERE status = 'confirmed' AND email IS NOT NULL AND reminded_sequence IS NOT sequence;
-- 来なかった方のうち、対応が終わっていない予約（7(2)⑫）。
CREATE INDEX booking_unfollowed ON booking (on_day) WHERE status = 'no_show' AND followed IS NULL;

-- 予約のひとり。live = 予約が生きている（confirmed, checked_in）。
CREATE TABLE booking_member (
  id          INTEGER PRIMARY KEY,
  booking_id  INTEGER NOT NULL REFERENCES booking (id),
  position    INTEGER NOT NULL CHECK (position BETWEEN 1 AND 5), -- 1 = 本人
  procedure   TEXT NOT NULL REFERENCES procedure (code),
  card_id     INTEGER REFERENCES card (id),
  applicant_id INTEGER REFERENCES applicant (id),                -- 交付通知書によらない人
  person_key  TEXT NOT NULL,
  outcome     TEXT CHECK (outcome IN ('issued', 'incomplete', 'removed')), -- この人の結果（issued = 済んだ）。NULL = まだ
  live        INTEGER NOT NULL CHECK (live IN (0, 1)),
  CHECK ((card_id IS NULL) <> (applicant_id IS NULL))
) STRICT;
-- 同じカード、同じ市民は、ひとつの手続に生きた予約をひとつだけ持てる（7(3)⑫）。
CREATE UNIQUE INDEX booking_member_one_card ON booking_member (card_id, procedure) WHERE live = 1;
CREATE UNIQUE INDEX booking_member_one_person ON booking_member (person_key, procedure) WHERE live = 1;
CREATE INDEX booking_member_booking ON booking_member (booking_id, position);
CREATE INDEX booking_member_card ON booking_member (card_id);
CREATE INDEX booking_member_applicant ON booking_member (applicant_id) WHERE applicant_id IS NOT NULL;
CREATE TRIGGER applicant_booked AFTER INSERT ON booking_member WHEN NEW.applicant_id IS NOT NULL BEGIN
  UPDATE applicant SET kept = 1 WHERE id = NEW.applicant_id AND kept = 0;
END;
CREATE INDEX booking_member_done ON booking_member (booking_id) WHERE outcome = 'issued'; -- 済んだ人を数える（7(2)⑫）

-- ───────────────────────── 回送と引抜 ─────────────────────────

-- カードの回送（7(2)⑩）。保管場所と予約した場所が違うカードが、どこからどこへ、いつまでに動くか。
-- 開いている回送（requested, pulled, in_transit）はカード1枚にひとつ。輸送中のカードの card.storage_id は NULL（ほかのどこにもない）。
CREATE TABLE transfer (
  id                  INTEGER PRIMARY KEY,
  card_id             INTEGER NOT NULL REFERENCES card (id),
  from_storage_id     INTEGER NOT NULL REFERENCES storage (id),   -- 出る保管場所
  from_shelf          TEXT NOT NULL DEFAULT '',                   -- 発送したときの棚（発送の取消で戻す）
  from_position       TEXT NOT NULL DEFAULT '',
  to_location_id      INTEGER NOT NULL REFERENCES location (id),  -- 届け先
  before_location_id  INTEGER REFERENCES location (id),           -- 届け先が変わったとき、前の届け先
  to_storage_id       INTEGER REFERENCES storage (id),            -- 受け取って置いた保管場所
  home_storage_id     INTEGER NOT NULL REFERENCES storage (id),   -- もとの保管場所（返送先）
  home_shelf          TEXT NOT NULL DEFAULT '',
  home_position       TEXT NOT NULL DEFAULT '',
  wanted_location_id  INTEGER REFERENCES location (id),           -- いま予約されている場所。NULL = 予約がない
  wanted_on           TEXT,                                       -- その予約の日
  booking_id          INTEGER REFERENCES booking (id),
  status              TEXT NOT NULL CHECK (status IN ('requested', 'pulled', 'in_transit', 'arrived', 'cancelled')),
  return_needed       INTEGER NOT NULL DEFAULT 0 CHECK (return_needed IN (0, 1)), -- もとへ返す（輸送中・到着後）、棚へ戻す（引抜後の取消）
  run                 TEXT NOT NULL DEFAULT '',                   -- 便
  seal                TEXT NOT NULL DEFAULT '',                   -- 封印番号
  requested_at        INTEGER NOT NULL,
  requested_by        TEXT NOT NULL,
  pulled_at           INTEGER,
  pulled_by           TEXT,
  sent_at             INTEGER,
  sent_by             TEXT,
  arrived_at          INTEGER,
  arrived_by          TEXT,
  cancelled_at        INTEGER,
  cancelled_by        TEXT,
  version             INTEGER NOT NULL DEFAULT 1,
  CHECK ((wanted_location_id IS NULL) = (booking_id IS NULL)),
  CHECK ((wanted_location_id IS NULL) = (wanted_on IS NULL)),
  CHECK (return_needed = 0 OR wanted_location_id IS NULL),
  CHECK (return_needed = 0 OR status IN ('in_transit', 'arrived', 'cancelled')),
  CHECK ((status = 'pulled') <= (pulled_at IS NOT NULL)),
  CHECK ((status = 'in_transit') <= (sent_at IS NOT NULL)),
  CHECK ((status = 'arrived') <= (arrived_at IS NOT NULL)),
  CHECK ((status = 'cancelled') = (cancelled_at IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX transfer_one_open ON transfer (card_id) WHERE status IN ('requested', 'pulled', 'in_transit');
CREATE INDEX transfer_card ON transfer (card_id, id);
CREATE INDEX transfer_status ON transfer (status, id);
CREATE INDEX transfer_booking ON transfer (booking_id);
CREATE INDEX transfer_return ON transfer (card_id) WHERE return_needed = 1;

-- 窓口で渡すために棚から引き抜いたカード（7(2)⑨）。行がある = 棚の外にある。渡すか棚へ戻すと消える。
CREATE TABLE pull (
  card_id     INTEGER PRIMARY KEY REFERENCES card (id),
  booking_id  INTEGER NOT NULL REFERENCES booking (id),
  on_day      TEXT NOT NULL,                                      -- どの日のために
  state       TEXT NOT NULL CHECK (state IN ('pulled', 'not_found')), -- not_found = 棚に見当たらない
  at          INTEGER NOT NULL,
  by          TEXT NOT NULL
) STRICT;
CREATE INDEX pull_booking ON pull (booking_id);
-- 開庁日・枠の変更で、時間がなくなった予約、枠に収まらなくなった予約と、その扱い。予約そのものは消えない。
-- 一斉閉庁（closure_item）と分けているのは、決めるものが違うため。ここは、変更の前に見せた予約を1件ずつ「そのまま受ける・知らせる・
-- 電話する」に分け、そのときの日時を控えて、見せたとおりに扱う。一斉閉庁は、期間に当たる予約を知らせながら見つけ、止めたり開け直したり
-- でき、つながるまで何度でも電話する。
CREATE TABLE affected_booking (
  change_id    INTEGER NOT NULL REFERENCES calendar_change (id),
  booking_id   INTEGER NOT NULL REFERENCES booking (id),
  why          TEXT NOT NULL CHECK (why IN ('outside', 'over')),          -- 時間がない、枠より多い
  choice       TEXT NOT NULL CHECK (choice IN ('keep', 'tell', 'call')),  -- そのまま受ける、メールで知らせる、電話する
  location_id  INTEGER NOT NULL REFERENCES location (id),                 -- 変更のときの予約の日時（これが変われば、選び直しは済み）
  on_day       TEXT NOT NULL,
  starts_min   INTEGER NOT NULL,
  settled_at   INTEGER,                                                   -- 印を付けた、または知らせを送信箱に入れた時刻。NULL = これから
  called_at    INTEGER,                                                   -- 電話した時刻
  PRIMARY KEY (change_id, booking_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX affected_booking_booking ON affected_booking (booking_id);
CREATE INDEX affected_booking_location ON affected_booking (location_id);
CREATE INDEX affected_booking_waiting ON affected_booking (change_id) WHERE settled_at IS NULL;

-- 開庁日・枠の変更のあとで、予約の扱いがまだ終わっていないもの。行がある = 進行中。終わると消える。
CREATE TABLE affected_run (
  change_id  INTEGER PRIMARY KEY REFERENCES calendar_change (id),
  state      TEXT NOT NULL CHECK (state IN ('releasing', 'listing', 'settling')), -- 取りやめた変更の予約を戻す、予約を並べる、印を付けて知らせる
  reached    INTEGER NOT NULL DEFAULT 0          -- releasing のとき、どの予約まで戻したか（予約の行番号）
) STRICT;

-- 変更のときに見せた予約の控え。数百件ずつまとめてあり、affected_booking に1件ずつ並べると消える。
CREATE TABLE affected_part (
  change_id  INTEGER NOT NULL REFERENCES calendar_change (id),
  part       INTEGER NOT NULL,
  bookings   INTEGER NOT NULL CHECK (bookings > 0), -- 何件か
  list       TEXT NOT NULL,                         -- JSON（予約、理由、扱い、場所、日、時刻の並び）
  PRIMARY KEY (change_id, part)
) STRICT, WITHOUT ROWID;

-- 一斉閉庁に当たった予約と、その人への連絡（affected_booking と分けている理由は、その表に書いてある）。
CREATE TABLE closure_item (
  closure_id  INTEGER NOT NULL REFERENCES closure (id),
  booking_id  INTEGER NOT NULL REFERENCES booking (id),
  told_by     TEXT NOT NULL CHECK (told_by IN ('mail', 'telephone')), -- メールで知らせた／電話で知らせる
  called_at   INTEGER,                                  -- 最後に電話した時刻
  called_by   TEXT,
  calls       INTEGER NOT NULL DEFAULT 0,               -- 電話した回数
  reached_at  INTEGER,                                  -- 本人につながった時刻
  version     INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (closure_id, booking_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX closure_item_booking ON closure_item (booking_id);

-- 仮押さえ。カード1枚（または来る人ひとり）にひとつ。expires_at を過ぎたら数えない。
CREATE TABLE hold (
  card_id      INTEGER UNIQUE REFERENCES card (id),        -- 代表者のカード
  applicant_id INTEGER UNIQUE REFERENCES applicant (id),   -- または交付通知書によらない人
  procedure    TEXT NOT NULL DEFAULT 'issuance' REFERENCES procedure (code),
  location_id  INTEGER NOT NULL REFERENCES location (id),
  on_day       TEXT NOT NULL,
  starts_min   INTEGER NOT NULL,
  ends_min     INTEGER NOT NULL,
  seats        INTEGER NOT NULL CHECK (seats BETWEEN 1 AND 5),
  extended     INTEGER NOT NULL DEFAULT 0,                 -- 延長した回数
  expires_at   INTEGER NOT NULL,
  CHECK (starts_min < ends_min),
  CHECK ((card_id IS NULL) <> (applicant_id IS NULL))
) STRICT;
CREATE INDEX hold_slot ON hold (location_id, on_day);

-- 席の数に関わる書込みを、場所ごとに数える。
CREATE TRIGGER seat_booking_insert AFTER INSERT ON booking BEGIN
  INSERT INTO seat_version (location_id, version) VALUES (NEW.location_id, 1)
    ON CONFLICT (location_id) DO UPDATE SET version = version + 1;
END;
CREATE TRIGGER seat_booking_update AFTER UPDATE OF location_id, on_day, starts_min, ends_min, seats, takes_seat ON booking BEGIN
  INSERT INTO seat_version (location_id, version) VALUES (OLD.location_id, 1)
    ON CONFLICT (location_id) DO UPDATE SET version = version + 1;
  INSERT INTO seat_version (location_id, version) VALUES (NEW.location_id, 1)
    ON CONFLICT (location_id) DO UPDATE SET version = version + 1;
END;
CREATE TRIGGER seat_booking_delete AFTER DELETE ON booking BEGIN
  INSERT INTO seat_version (location_id, version) VALUES (OLD.location_id, 1)
    ON CONFLICT (location_id) DO UPDATE SET version = version + 1;
END;
CREATE TRIGGER seat_hold_insert AFTER INSERT ON hold BEGIN
  INSERT INTO seat_version (location_id, version) VALUES (NEW.location_id, 1)
    ON CONFLICT (location_id) DO UPDATE SET version = version + 1;
END;
CREATE TRIGGER seat_hold_update AFTER UPDATE OF location_id, on_day, starts_min, ends_min, seats, expires_at ON hold BEGIN
  INSERT INTO seat_version (location_id, version) VALUES (OLD.location_id, 1)
    ON CONFLICT (location_id) DO UPDATE SET version = version + 1;
  INSERT INTO seat_version (location_id, version) VALUES (NEW.location_id, 1)
    ON CONFLICT (location_id) DO UPDATE SET version = version + 1;
END;
CREATE TRIGGER seat_hold_delete AFTER DELETE ON hold BEGIN
  INSERT INTO seat_version (location_id, version) VALUES (OLD.location_id, 1)
    ON CONFLICT (location_id) DO UPDATE SET version = version + 1;
END;

-- ───────────────────────── 空き待ち ─────────────────────────

-- 空きが出たら知らせてほしい人。先に登録した順に、空いた席だけ知らせる。
CREATE TABLE waiting (
  id             INTEGER PRIMARY KEY,
  card_id        INTEGER REFERENCES card (id),             -- 本人のカード
  applicant_id   INTEGER REFERENCES applicant (id),        -- または交付通知書によらない人
  procedure      TEXT NOT NULL REFERENCES procedure (code),
  members        TEXT NOT NULL DEFAULT '[]',               -- 家族のカード（JSON、確認済み）
  people         INTEGER NOT NULL CHECK (people BETWEEN 1 AND 5),
  location_id    INTEGER NOT NULL REFERENCES location (id),
  from_on        TEXT NOT NULL,                            -- この日から
  to_on          TEXT NOT NULL,                            -- この日まで
  part           TEXT NOT NULL CHECK (part IN ('any', 'morning', 'afternoon')),
  email          TEXT NOT NULL,
  language       TEXT NOT NULL,
  state          TEXT NOT NULL CHECK (state IN ('waiting', 'offered', 'booked', 'left', 'ended')),
  queued_at      INTEGER NOT NULL,                         -- 順番。知らせても予約がなければ、後ろに回る
  offers         INTEGER NOT NULL DEFAULT 0,               -- 知らせた回数
  offer_day      TEXT,                                     -- 知らせた席
  offer_starts   INTEGER,
  offer_ends     INTEGER,
  offer_until    INTEGER,                                  -- この時刻まで、同じ席を次の人に知らせない
  invitation_id  INTEGER REFERENCES invitation (id),       -- 知らせたメールのリンク
  created_at     INTEGER NOT NULL,
  ended_at       INTEGER,
  CHECK (from_on <= to_on),
  CHECK ((card_id IS NULL) <> (applicant_id IS NULL)),
  CHECK ((state = 'offered') = (offer_until IS NOT NULL)),
  CHECK ((state IN ('booked', 'left', 'ended')) = (ended_at IS NOT NULL))
) STRICT;
-- 同じ人は、ひとつの手続でひとつだけ待てる。
CREATE UNIQUE INDEX waiting_card ON waiting (card_id, procedure) WHERE state IN ('waiting', 'offered');
CREATE UNIQUE INDEX waiting_applicant ON waiting (applicant_id, procedure) WHERE state IN ('waiting', 'offered');
CREATE INDEX waiting_queue ON waiting (queued_at, id) WHERE state IN ('waiting', 'offered');
CREATE INDEX waiting_location ON waiting (location_id, state);
CREATE INDEX waiting_of_card ON waiting (card_id);
CREATE INDEX waiting_of_applicant ON waiting (applicant_id);
CREATE INDEX waiting_invitation ON waiting (invitation_id);

-- 予約ができた人は、待つのが終わる。どこから予約しても忘れないように、表のほうで終える。
CREATE TRIGGER waiting_booked AFTER INSERT ON booking_member WHEN NEW.live = 1 BEGIN
  UPDATE waiting
     SET state = 'booked', offer_until = NULL, ended_at = (SELECT updated_at FROM booking WHERE id = NEW.booking_id)
   WHERE state IN ('waiting', 'offered') AND procedure = NEW.procedure
     AND (card_id = NEW.card_id OR applicant_id IN (SELECT id FROM applicant WHERE person_key = NEW.person_key));
END;
-- 待っている人とその家族は、待つあいだに消さない。
CREATE TRIGGER applicant_waits AFTER INSERT ON waiting WHEN NEW.applicant_id IS NOT NULL BEGIN
  UPDATE applicant SET kept = 1
   WHERE id = NEW.applicant_id
      OR id IN (SELECT CAST(substr(value, 2) AS INTEGER) FROM json_each(NEW.members) WHERE type = 'text');
END;

-- ───────────────────────── 期限と点検 ─────────────────────────

-- 期限の来るカード。夜の仕事が挙げ、人が決める。ここからカードの状態が変わることはない。
CREATE TABLE watch (
  list            TEXT NOT NULL CHECK (list IN ('due_soon', 'due_over', 'renotice', 'returned', 'hold_over', 'validity',
                    'residence', 'disposal', 'to_destroy')),
  card_id         INTEGER NOT NULL REFERENCES card (id),
  due_on          TEXT NOT NULL,        -- もとになった日（受取期限、有効期限…）
  found_on        TEXT NOT NULL,        -- はじめて挙げた日
  put_off_until   TEXT,                 -- この日まで見合わせる
  put_off_reason  TEXT,
  put_off_by      TEXT,
  PRIMARY KEY (list, card_id),
  CHECK ((put_off_until IS NULL) = (put_off_reason IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX watch_card ON watch (card_id);
CREATE INDEX watch_order ON watch (list, due_on, card_id, put_off_until); -- 一覧の順、枚数

-- 点検の実行。1日に1回。途中で止まったら、after_id の次のカードから続ける。
CREATE TABLE watch_run (
  on_day       TEXT PRIMARY KEY,
  after_id     INTEGER NOT NULL,
  started_at   INTEGER NOT NULL,
  finished_at  INTEGER
) STRICT, WITHOUT ROWID;

-- 交付前設定を終えた時刻は、あとで状態が進んでも残る。
CREATE TRIGGER card_preset_done AFTER UPDATE OF status ON card
WHEN NEW.status = 'preset_done' AND OLD.status <> 'preset_done' BEGIN
  UPDATE card SET preset_at = NEW.status_at WHERE id = NEW.id;
END;

-- 変わったカードは一覧から外れる。次の夜にまた挙がるかどうかは、そのときのカードで決まる。
CREATE TRIGGER watch_status AFTER UPDATE OF status ON card BEGIN
  DELETE FROM watch WHERE card_id = NEW.id;
END;
CREATE TRIGGER watch_booked AFTER UPDATE OF booking_state ON card
WHEN NEW.booking_state IN ('confirmed', 'checked_in') BEGIN
  DELETE FROM watch WHERE card_id = NEW.id AND list IN ('due_soon', 'due_over', 'renotice', 'disposal');
END;

-- ───────────────────────── 状態の一括更新と廃棄 ─────────────────────────

-- 状態の一括更新。1回の操作にひとつ（7(2)⑦）。廃棄は2人で行う: 提案（proposed）を別の人が承認する。
-- 多い枚数は少しずつ書く。applying のまま止まったものは、続きを別の仕事が終わりまで書く。
CREATE TABLE card_batch (
  id               INTEGER PRIMARY KEY,
  state            TEXT NOT NULL CHECK (state IN ('open', 'proposed', 'refused', 'applying', 'done')),
  to_status        TEXT,                                 -- 新しい状態。NULL = まだ選んでいない、または取り消し
  undo_of          INTEGER REFERENCES card_batch (id),   -- この一括更新の取り消し
  reason           TEXT,
  reason_code      TEXT,
  on_day           TEXT,                                 -- 通知書の発送日、保留の期限、廃棄では統合端末での処理日
  evidence         TEXT NOT NULL DEFAULT '',             -- 廃棄: 統合端末の受付番号など
  may_override     INTEGER NOT NULL DEFAULT 0 CHECK (may_override IN (0, 1)), -- 規則にない変更も行う（管理者）
  location_id      INTEGER REFERENCES location (id),     -- 交付した場所
  staff_id         INTEGER NOT NULL REFERENCES staff (id), -- 行う人、廃棄では提案した人
  actor            TEXT NOT NULL,
  origin           TEXT NOT NULL,
  approver_id      INTEGER REFERENCES staff (id),        -- 廃棄を承認した、または断った人
  approver         TEXT,
  approver_origin  TEXT,
  decided_at       INTEGER,
  refusal          TEXT,                                 -- 断った理由
  history_id       INTEGER,                              -- 操作の記録の番号（1枚ごとの記録の batch_id）
  created_at       INTEGER NOT NULL,
  touched_at       INTEGER NOT NULL,
  finished_at      INTEGER,
  CHECK (approver_id IS NULL OR approver_id <> staff_id), -- 1人では廃棄できない
  CHECK (to_status IS NOT 'disposed' OR state IN ('open', 'proposed', 'refused') OR approver_id IS NOT NULL)
) STRICT;
CREATE INDEX card_batch_state ON card_batch (state, touched_at);
CREATE UNIQUE INDEX card_batch_undo ON card_batch (undo_of) WHERE undo_of IS NOT NULL;

-- 一括更新の1行。読み取った番号ごと、同じ番号のカードがいくつもあればカードごと。
CREATE TABLE card_batch_row (
  batch_id       INTEGER NOT NULL REFERENCES card_batch (id),
  position       INTEGER NOT NULL,
  typed          TEXT NOT NULL,                          -- 読み取った番号。カードがわかった行では、始めたあと消す
  card_id        INTEGER REFERENCES card (id),
  note           TEXT NOT NULL CHECK (note IN ('', 'shared', 'twice')), -- shared = 同じ番号のカードがほかにもある
  version        INTEGER NOT NULL,                       -- 確かめたときのカードの版
  result         TEXT CHECK (result IN ('picked', 'left', 'updated', 'skipped')),
  why            TEXT,                                   -- 飛ばした理由の符号
  before         TEXT,                                   -- 前の値（JSON）。取り消しに使う
  version_after  INTEGER,
  PRIMARY KEY (batch_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX card_batch_row_card ON card_batch_row (card_id);

-- 廃棄済にできるのは、2人目が承認した提案のカードだけ。
CREATE TRIGGER card_disposed BEFORE UPDATE OF status ON card
WHEN NEW.status = 'disposed' AND OLD.status <> 'disposed' AND NOT EXISTS (
  SELECT 1 FROM card_batch_row JOIN card_batch ON card_batch.id = card_batch_row.batch_id
   WHERE card_batch_row.card_id = NEW.id AND card_batch_row.result = 'picked' AND card_batch.state = 'applying'
     AND card_batch.to_status = 'disposed' AND card_batch.approver_id IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'disposal takes two people'); END;

-- メールで送った手続きの案内（リンク）。合言葉は要約だけを持つ（7(3)③④）。
CREATE TABLE invitation (
  id            INTEGER PRIMARY KEY,
  token_hash    BLOB NOT NULL UNIQUE,
  code_hash     BLOB,                          -- 6桁の番号（30分）
  code_tries    INTEGER NOT NULL DEFAULT 0,
  birthday_tries INTEGER NOT NULL DEFAULT 0,   -- 別の端末で開いたときの誕生日の誤り
  browser_hash  BLOB NOT NULL,                 -- 申し込んだ端末
  card_id       INTEGER REFERENCES card (id),
  applicant_id  INTEGER REFERENCES applicant (id), -- 交付通知書によらない手続の人
  procedure     TEXT NOT NULL DEFAULT 'issuance' REFERENCES procedure (code),
  email         TEXT NOT NULL,
  language      TEXT NOT NULL,
  created_at    INTEGER NOT NULL,
  expires_at    INTEGER NOT NULL,
  spent_at      INTEGER,                       -- これで予約ができた時刻。以後は /my へ
  CHECK ((card_id IS NULL) <> (applicant_id IS NULL))
) STRICT;
CREATE INDEX invitation_email ON invitation (email, created_at);
CREATE INDEX invitation_card ON invitation (card_id, created_at);
CREATE INDEX invitation_applicant ON invitation (applicant_id) WHERE applicant_id IS NOT NULL;

-- 市民の手続き中の状態。リンクを開いて続けたときに初めてできる。
CREATE TABLE citizen_session (
  id_hash        BLOB PRIMARY KEY,
  invitation_id  INTEGER NOT NULL REFERENCES invitation (id),
  card_id        INTEGER REFERENCES card (id),               -- 本人
  applicant_id   INTEGER REFERENCES applicant (id),          -- 交付通知書によらない手続の本人
  procedure      TEXT NOT NULL DEFAULT 'issuance' REFERENCES procedure (code),
  email          TEXT NOT NULL,
  language       TEXT NOT NULL,
  members        TEXT NOT NULL DEFAULT '[]',                 -- 家族のカード（JSON、確認済みのみ）
  location_id    INTEGER REFERENCES location (id),
  slot           TEXT,                                       -- 選んだ枠 LOCATION.2026-04-13.0900
  acks           TEXT NOT NULL DEFAULT '[]',                 -- 確認した注意事項
  acknowledged_at INTEGER,
  booking_id     INTEGER REFERENCES booking (id),            -- できた、または直している予約
  changing       INTEGER NOT NULL DEFAULT 0 CHECK (changing IN (0, 1)), -- 1 = 予約の変更中
  created_at     INTEGER NOT NULL,
  last_seen_at   INTEGER NOT NULL,
  expires_at     INTEGER NOT NULL,
  CHECK ((card_id IS NULL) <> (applicant_id IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX citizen_session_invitation ON citizen_session (invitation_id);
CREATE INDEX citizen_session_card ON citizen_session (card_id);

-- 同じ送信は一度だけ効く（二度押し、再送）。結果を覚えておく。
CREATE TABLE once (
  key_hash    BLOB PRIMARY KEY,
  operation   TEXT NOT NULL,
  result      TEXT NOT NULL,       -- 行き先など（個人情報なし）
  created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX once_created ON once (created_at);

-- ───────────────────────── メール ─────────────────────────

-- 送信箱。予約と同じ確定のなかで書く。送るのは確定の後、別の仕事。
CREATE TABLE outbox (
  id             INTEGER PRIMARY KEY,
  kind           TEXT NOT NULL,                 -- link, booking_confirmed, booking_changed, booking_cancelled, already_booked …
  dedup_key      TEXT NOT NULL UNIQUE,          -- 同じ知らせは一度だけ（予約・種類・版）
  to_email       TEXT NOT NULL,
  domain         TEXT GENERATED ALWAYS AS (lower(substr(to_email, instr(to_email, '@') + 1))) VIRTUAL,  -- 宛先の会社。送る速さと休みを会社ごとに決める
  rank           INTEGER NOT NULL DEFAULT 0 CHECK (rank IN (0, 1)),  -- 0 = 手続きの知らせ、1 = 案内（一斉・再案内）。0 から先に送る
  language       TEXT NOT NULL,
  booking_id     INTEGER REFERENCES booking (id),
  card_id        INTEGER REFERENCES card (id),
  params         TEXT NOT NULL,                 -- 差し込む値（JSON）。リンクの合言葉は送ったら消す
  state          TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'dead', 'cancelled', 'held')),
  attempts       INTEGER NOT NULL DEFAULT 0,
  next_at        INTEGER NOT NULL,              -- 次に送ってよい時刻
  last_answer    TEXT,                          -- 送信サーバの最後の答え（宛先は伏せる）
  message_id     TEXT NOT NULL,                 -- Message-ID の @ の前。送り直しても変わらない
  created_at     INTEGER NOT NULL,
  renewed_at     INTEGER,                       -- 職員が送り直した時刻。24時間で不達とするのはここから
  finished_at    INTEGER,                       -- 送った、またはあきらめた時刻
  bounced_at     INTEGER,                       -- 送ったあとで不達の知らせが戻った時刻（state は dead になる）
  copy_of        INTEGER REFERENCES outbox (id) -- 送った知らせをもう一度送ったとき、もとの行
) STRICT;
CREATE INDEX outbox_due ON outbox (rank, next_at, id, domain) WHERE state = 'queued';
CREATE INDEX outbox_sending ON outbox (id) WHERE state = 'sending';
CREATE INDEX outbox_held ON outbox (id) WHERE state = 'held';
CREATE INDEX outbox_open ON outbox (state, id) WHERE state <> 'sent';
CREATE INDEX outbox_kind ON outbox (kind, id);
CREATE INDEX outbox_created ON outbox (created_at);
CREATE INDEX outbox_finished ON outbox (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX outbox_message ON outbox (message_id);
CREATE INDEX outbox_email ON outbox (to_email COLLATE NOCASE, id);
CREATE INDEX outbox_card ON outbox (card_id);
CREATE INDEX outbox_booking ON outbox (booking_id);

-- 届かなかったメールアドレス（メール不達）。職員が解除するか、そのアドレスのリンクが開かれるまで残る。
CREATE TABLE mail_failure (
  id             INTEGER PRIMARY KEY,
  email          TEXT NOT NULL UNIQUE COLLATE NOCASE,
  hard           INTEGER NOT NULL DEFAULT 0,    -- 宛先がない、受け取らないと言われた回数
  soft           INTEGER NOT NULL DEFAULT 0,    -- いっぱい、24時間届かないなど、また届くかもしれない不達の回数
  first_at       INTEGER NOT NULL,
  last_at        INTEGER NOT NULL,
  last_answer    TEXT NOT NULL,                 -- 相手のサーバの答え（宛先は伏せる）
  last_outbox    INTEGER REFERENCES outbox (id),
  suppressed_at  INTEGER,                       -- 一斉メールと自動のメールを止めた時刻
  lifted_at      INTEGER                        -- 解除した時刻。回数は 0 に戻る
) STRICT;
CREATE INDEX mail_failure_last ON mail_failure (last_at, id);

-- お知らせ（一斉メール）を断ったアドレス。手続きの連絡は止めない。断るのをやめると行が消え、経過は history に残る。
CREATE TABLE mail_refusal (
  id          INTEGER PRIMARY KEY,
  email       TEXT NOT NULL UNIQUE COLLATE NOCASE,
  refused_at  INTEGER NOT NULL,
  told        TEXT                              -- 申し出を受けた職員。本人がメールのリンクで止めたときは NULL
) STRICT;

-- 送信サーバが応答しないあいだだけの1行。次に応答したら消える。
CREATE TABLE mail_silence (
  id     INTEGER PRIMARY KEY CHECK (id = 1),
  since  INTEGER NOT NULL,                       -- 最初に応答がなかった時刻
  said   TEXT NOT NULL                           -- 応答の代わりにわかったこと（接続できない、認証の拒否など）
) STRICT;

-- 市が直したメールの文。行がなければ製品の文（messages/）を使う。前の文は history に残る。
CREATE TABLE mail_text (
  letter      TEXT NOT NULL,                   -- メールの種類（outbox.kind）。common = どのメールにも。手続ごとの文は「種類@手続」
  language    TEXT NOT NULL,
  key         TEXT NOT NULL,                   -- 文の名前（例 mail.confirmed）
  value       TEXT NOT NULL,                   -- {名前} は差し込み
  updated_at  INTEGER NOT NULL,
  PRIMARY KEY (letter, language, key)
) STRICT, WITHOUT ROWID;

-- 一斉メール。対象を集め、文を書き、試しに送り、別の職員が承認し（設定）、少しずつ送信箱へ入れる（7(2)⑪）。
CREATE TABLE bulk_mail (
  id               INTEGER PRIMARY KEY,
  state            TEXT NOT NULL CHECK (state IN ('collecting', 'draft', 'proposed', 'refused', 'sending', 'stopped', 'done', 'dropped')),
  purpose          TEXT NOT NULL CHECK (purpose IN ('procedure', 'information', 'renotice')), -- 手続きの連絡、お知らせ、再通知
  audience         TEXT NOT NULL,                -- だれに送るか（JSON）
  audience_words   TEXT NOT NULL,                -- 同じことを職員のことばで
  quiet_days       INTEGER NOT NULL CHECK (quiet_days BETWEEN 0 AND 365), -- この日数のうちに一斉メールを送った人には送らない
  cursor_part      INTEGER NOT NULL DEFAULT 0,   -- どこまで集めたか
  cursor_row       INTEGER NOT NULL DEFAULT 0,
  staff_id         INTEGER NOT NULL REFERENCES staff (id), -- 作った人
  actor            TEXT NOT NULL,
  origin           TEXT NOT NULL,
  tested_at        INTEGER,                      -- いまの文を試しに送った時刻
  approver_id      INTEGER REFERENCES staff (id),
  approver         TEXT,
  decided_at       INTEGER,
  refusal          TEXT,                         -- 断った理由
  paced_until      INTEGER NOT NULL DEFAULT 0,   -- 送信箱に入れた最後の1通の予定時刻（1分あたりの通数を守る）
  history_id       INTEGER,                      -- 操作の記録の番号（1枚ごとの記録の batch_id）
  created_at       INTEGER NOT NULL,
  touched_at       INTEGER NOT NULL,
  started_at       INTEGER,
  finished_at      INTEGER,
  version          INTEGER NOT NULL DEFAULT 1,
  CHECK (approver_id IS NULL OR approver_id <> staff_id) -- 自分のメールは承認できない
) STRICT;
CREATE INDEX bulk_mail_state ON bulk_mail (state);

-- 一斉メールの文。日本語のほかは、書いた言語だけ。
CREATE TABLE bulk_mail_text (
  bulk_id   INTEGER NOT NULL REFERENCES bulk_mail (id),
  language  TEXT NOT NULL,
  subject   TEXT NOT NULL,
  body      TEXT NOT NULL,                       -- {名前} は差し込み
  PRIMARY KEY (bulk_id, language)
) STRICT, WITHOUT ROWID;

-- 一斉メールのひとり。
CREATE TABLE bulk_mail_row (
  bulk_id     INTEGER NOT NULL REFERENCES bulk_mail (id),
  position    INTEGER NOT NULL,
  card_id     INTEGER REFERENCES card (id),
  booking_id  INTEGER REFERENCES booking (id),
  email_key   TEXT,                              -- 集めたときのアドレス（小文字）
  language    TEXT NOT NULL,
  result      TEXT NOT NULL CHECK (result IN ('waiting', 'queued', 'no_address', 'suppressed', 'same_address', 'told', 'gone', 'no_value', 'refused')),
  outbox_id   INTEGER REFERENCES outbox (id),
  tries       INTEGER NOT NULL DEFAULT 0,        -- 送信箱に入れた回数（停止して続けたとき）
  at          INTEGER,                           -- 送信箱に入れた時刻
  PRIMARY KEY (bulk_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX bulk_mail_row_result ON bulk_mail_row (bulk_id, result, position);
CREATE INDEX bulk_mail_row_outbox ON bulk_mail_row (outbox_id);
CREATE INDEX bulk_mail_row_email ON bulk_mail_row (email_key, at) WHERE result = 'queued';
CREATE INDEX bulk_mail_row_card ON bulk_mail_row (card_id);
CREATE INDEX bulk_mail_row_booking ON bulk_mail_row (booking_id);
-- 1通の一斉メールを、同じアドレスには一度だけ送る。
CREATE UNIQUE INDEX bulk_mail_row_once ON bulk_mail_row (bulk_id, email_key) WHERE result IN ('waiting', 'queued');

-- ───────────────────────── 記録 ─────────────────────────

-- 操作の記録。追記のみ。値そのものは history_detail に分け、要約で結ぶ（値の保存年限が先に来ても鎖は切れない）。
CREATE TABLE history (
  id            INTEGER PRIMARY KEY,
  at            INTEGER NOT NULL,
  actor_kind    TEXT NOT NULL CHECK (actor_kind = 'citizen' OR actor_kind = 'staff' OR actor_kind = 'cli'
                  OR actor_kind = 'system'), -- IN でない訳は card に
  staff_id      INTEGER REFERENCES staff (id),
  actor         TEXT NOT NULL,              -- 表示名（職員名、cli:UID、仕事の名前）
  origin        TEXT NOT NULL,              -- 接続元
  operation     TEXT NOT NULL,              -- 例: card.issued
  record_kind   TEXT NOT NULL,              -- card, booking, staff …
  record_id     INTEGER,
  fields        TEXT NOT NULL DEFAULT '',   -- 変わった項目の名前
  batch_id      INTEGER,                    -- 一括のとき、その番号
  detail_hash   BLOB,                       -- history_detail の要約
  chain         BLOB NOT NULL               -- 前の行の chain とこの行の SHA-256
) STRICT;
CREATE INDEX history_record ON history (record_kind, record_id);
CREATE INDEX history_at ON history (at);
CREATE INDEX history_staff ON history (staff_id, at);

-- 記録の値（変更前・変更後・理由）。
CREATE TABLE history_detail (
  history_id  INTEGER PRIMARY KEY REFERENCES history (id),
  salt        BLOB NOT NULL,
  detail      TEXT NOT NULL                 -- JSON
) STRICT;

-- どのカードの履歴に現れるか（ひとつの操作が家族全員に及ぶ）。
CREATE TABLE history_card (
  card_id     INTEGER NOT NULL REFERENCES card (id),
  history_id  INTEGER NOT NULL REFERENCES history (id),
  PRIMARY KEY (card_id, history_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER history_no_update BEFORE UPDATE ON history BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
CREATE TRIGGER history_no_delete BEFORE DELETE ON history BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;

-- 誰が誰の記録を見たか（職員の閲覧）。
CREATE TABLE access (
  id           INTEGER PRIMARY KEY,
  at           INTEGER NOT NULL,
  staff_id     INTEGER REFERENCES staff (id),
  origin       TEXT NOT NULL,
  page         TEXT NOT NULL,               -- 画面の名前（個人情報なし）
  record_kind  TEXT NOT NULL DEFAULT '',
  record_id    INTEGER
) STRICT;
CREATE INDEX access_at ON access (at);

-- 検索の条件。URL には番号だけが出る。
CREATE TABLE saved_search (
  id          TEXT PRIMARY KEY,
  staff_id    INTEGER NOT NULL REFERENCES staff (id),
  terms       TEXT NOT NULL,                -- JSON
  created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX saved_search_created ON saved_search (created_at);

-- 一覧・出力の条件に名前を付けて残したもの（自分用・全員用）。人を指す条件（氏名・番号・生年月日・備考）は入れない。
CREATE TABLE saved_list (
  id          INTEGER PRIMARY KEY,
  staff_id    INTEGER NOT NULL REFERENCES staff (id),
  name        TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
  list        TEXT NOT NULL,                -- 一覧の符号
  pairs       TEXT NOT NULL,                -- 画面の条件（JSON）
  terms       TEXT,                         -- カード検索の条件（JSON）
  words       TEXT NOT NULL,                -- 同じことを職員のことばで
  shared      INTEGER NOT NULL DEFAULT 0 CHECK (shared IN (0, 1)), -- 1 = 全員に見せる
  created_at  INTEGER NOT NULL,
  UNIQUE (staff_id, name)
) STRICT;

-- 月報の数のうち、このシステムに届かないもの（申請受付数。市の窓口の統合端末と国の資料にある）。職員が月ごとに入力する。
CREATE TABLE month_told (
  month        TEXT NOT NULL PRIMARY KEY CHECK (month GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]-01'), -- 月の初日
  applications INTEGER NOT NULL CHECK (applications BETWEEN 0 AND 999999),                        -- 申請受付数
  told_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- 登録の途中の予約。職員が入力した連絡先や来る方を、予約が登録されるまで（最長1日）覚えておく。URL には番号だけが出る。
CREATE TABLE booking_draft (
  id          TEXT PRIMARY KEY,
  staff_id    INTEGER NOT NULL REFERENCES staff (id),
  body        TEXT NOT NULL,                -- JSON
  touched_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX booking_draft_touched ON booking_draft (touched_at);

-- ───────────────────────── 知らせと仕事 ─────────────────────────

-- お知らせ・緊急の知らせ。
CREATE TABLE announcement (
  id        INTEGER PRIMARY KEY,
  level     TEXT NOT NULL CHECK (level IN ('news', 'urgent')),
  language  TEXT NOT NULL,
  title     TEXT NOT NULL,
  body      TEXT NOT NULL DEFAULT '',
  from_at   INTEGER NOT NULL,
  until_at  INTEGER
) STRICT;

-- メンテナンス（7(1)⑦、7(3)⑬）。ends_at が NULL = 終わりは未定。
CREATE TABLE maintenance (
  id           INTEGER PRIMARY KEY,
  starts_at    INTEGER NOT NULL,
  ends_at      INTEGER,
  reason       TEXT NOT NULL,
  short_notice TEXT,                          -- 14日前に間に合わないときの理由
  entered_at   INTEGER NOT NULL,
  ended_at     INTEGER                        -- 早く終えた・取りやめた時刻
) STRICT;

-- バックアップから戻した記録（8(1)②、10(4)）。released_at が NULL のあいだ、仕事は動かず、送っていないメールは held のまま。
CREATE TABLE restored (
  id           INTEGER PRIMARY KEY,
  restored_at  INTEGER NOT NULL,
  source       TEXT NOT NULL,                 -- 写しの名前
  taken_at     INTEGER NOT NULL,              -- 写しにある最後の書込みの時刻
  commit_no    INTEGER NOT NULL,              -- その番号
  held_mails   INTEGER NOT NULL,              -- 止めたメールの数
  later        TEXT,                          -- 写しの後にあって失われたもの（JSON、番号だけで個人情報なし）
  released_at  INTEGER,                       -- 管理者が再開した時刻
  released_by  TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX restored_waiting ON restored (released_at IS NULL) WHERE released_at IS NULL;

-- 繰り返しの仕事の次の時刻。
CREATE TABLE job (
  name         TEXT PRIMARY KEY,
  next_at      INTEGER NOT NULL,
  last_at      INTEGER,
  last_result  TEXT
) STRICT, WITHOUT ROWID;
