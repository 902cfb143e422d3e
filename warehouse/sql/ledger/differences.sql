-- Rows of each part of a ledger that only one of two attached ledgers holds; two rows alike count twice. One row a part,
-- none of its values. Digests of code, policy and trees are no part: they tell what made a ledger, not what is in it.
with nights_of_theirs as (
    select * exclude (policy_digest, code_digest, taxonomy_digest) from theirs.nights
),
nights_of_ours as (
    select * exclude (policy_digest, code_digest, taxonomy_digest) from ours.nights
),
parts as (
    select 1 as place, 'accounting and digests of each night' as part,
        (select count(*) from (from nights_of_theirs except all from nights_of_ours)) as n_there,
        (select count(*) from (from nights_of_ours except all from nights_of_theirs)) as n_here
    union all
    select 2, 'arrivals by feed and country',
        (select count(*) from (from theirs.arrivals except all from ours.arrivals)),
        (select count(*) from (from ours.arrivals except all from theirs.arrivals))
    union all
    select 3, 'classes with their numbers',
        (select count(*) from (from theirs.classes except all from ours.classes)),
        (select count(*) from (from ours.classes except all from theirs.classes))
    union all
    select 4, 'measures of classes',
        (select count(*) from (from theirs.class_measures except all from ours.class_measures)),
        (select count(*) from (from ours.class_measures except all from theirs.class_measures))
    union all
    select 5, 'events that wait',
        (select count(*) from (from theirs.pool except all from ours.pool)),
        (select count(*) from (from ours.pool except all from theirs.pool))
    union all
    select 6, 'updates of events that wait',
        (select count(*) from (from theirs.updates except all from ours.updates)),
        (select count(*) from (from ours.updates except all from theirs.updates))
    union all
    select 7, 'keyed ids of events',
        (select count(*) from (from theirs.seen except all from ours.seen)),
        (select count(*) from (from ours.seen except all from theirs.seen))
    union all
    select 8, 'keys of accounts',
        (select count(*) from (from theirs.account_keys except all from ours.account_keys)),
        (select count(*) from (from ours.account_keys except all from theirs.account_keys))
    union all
    select 9, 'accounts that count',
        (select count(*) from (from theirs.counting_accounts except all from ours.counting_accounts)),
        (select count(*) from (from ours.counting_accounts except all from theirs.counting_accounts))
    union all
    select 10, 'epochs and fingerprints of their keys',
        (select count(*) from (from theirs.epochs except all from ours.epochs)),
        (select count(*) from (from ours.epochs except all from theirs.epochs))
    union all
    select 11, 'entries of the chain',
        (select count(*) from (from theirs.chain except all from ours.chain)),
        (select count(*) from (from ours.chain except all from theirs.chain))
    union all
    select 12, 'keys that are known',
        (select count(*) from (from theirs.known_keys except all from ours.known_keys)),
        (select count(*) from (from ours.known_keys except all from theirs.known_keys))
    union all
    select 13, 'first months of accounts',
        (select count(*) from (from theirs.first_months except all from ours.first_months)),
        (select count(*) from (from ours.first_months except all from theirs.first_months))
    union all
    select 14, 'draws of noise',
        (select count(*) from (from theirs.draws except all from ours.draws)),
        (select count(*) from (from ours.draws except all from theirs.draws))
    union all
    select 15, 'estimates',
        (select count(*) from (from theirs.estimates except all from ours.estimates)),
        (select count(*) from (from ours.estimates except all from theirs.estimates))
    union all
    select 16, 'terms that were asked for',
        (select count(*) from (from theirs.asked_terms except all from ours.asked_terms)),
        (select count(*) from (from ours.asked_terms except all from theirs.asked_terms))
    union all
    select 17, 'noisy counts of terms',
        (select count(*) from (from theirs.term_counts except all from ours.term_counts)),
        (select count(*) from (from ours.term_counts except all from theirs.term_counts))
)
select part, n_there, n_here from parts order by place
