-- The private ledger. Every row names the night that wrote it, so that a night can be undone until it is sealed.
create table if not exists nights (
    night date primary key, previous date, is_sealed boolean, release_id text, policy_digest text, code_digest text,
    taxonomy_digest text, classes_digest text, facts_digest text, closed_epoch integer,
    n_rows bigint, n_refused bigint, n_duplicates bigint, n_events bigint, n_pooled_before bigint, n_classed bigint,
    n_netted bigint, n_opted_out bigint, n_erased bigint, n_destroyed bigint, n_pooled bigint
);
create table if not exists chain (number bigint primary key, body text, digest text);
create table if not exists epochs (epoch integer primary key, fingerprint text);
create table if not exists known_keys (name text primary key, fingerprint text);
create table if not exists seen (feed text, event_key blob, epoch integer, night date);
create table if not exists account_keys (epoch integer, account blob, kind text, key blob, night date);
create table if not exists counting_accounts (epoch integer, account blob, night date);
create table if not exists first_months (epoch integer, account blob, month date, night date);
create table if not exists pool (
    event_no bigint, feed text, event_key blob, kind text, epoch integer, occurred_on date, is_settled boolean,
    cancels_key blob, cancels_key_before blob, account blob, supplier blob, product_code text, country text, unit text,
    quantity_milli bigint, value_cents bigint, quotes_received bigint, title text, description text, night date,
    fate text, fate_night date, class_no bigint
);
create table if not exists updates (
    feed text, event_key blob, is_settled boolean, quotes_received bigint, night date
);
create table if not exists classes (
    night date, class_no bigint, rung text, kind text, product_level text, product_code text, place_level text,
    place_code text, period_level text, period_start date, price_unit text, price_low_milli bigint,
    price_high_milli bigint
);
create table if not exists class_measures (
    night date, class_no bigint, measure text, amount bigint, n_counting bigint, is_given boolean
);
-- What came of each feed (no country) and country. A night that is held has rows here and none in nights.
create table if not exists arrivals (
    night date, feed text, country text, n_rows bigint, n_usual bigint, n_low bigint, n_high bigint, n_nights bigint,
    verdict text
);
create table if not exists draws (
    night date, epoch integer, month date, purpose text, rho_nano bigint, scale bigint, mac text, amounts blob
);
create table if not exists estimates (
    night date, kind text, month date, product_code text, place_code text, events_centi bigint,
    events_margin_centi bigint, value_cents bigint, value_margin_cents bigint
);
create table if not exists asked_terms (
    epoch integer, account blob, month date, product_code text, place_code text, term text, night date, fate_night date
);
create table if not exists term_counts (
    night date, month date, term text, product_code text, place_code text, amount bigint, scale bigint
);
create table if not exists erasures (receipt text, n_pooled bigint, night date);
create table if not exists compaction_due (reason text);
