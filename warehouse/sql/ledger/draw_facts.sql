-- What the ledger says of every draw: its counts may never change once they are published.
-- Grain: one row per draw.
select night, month, purpose, epoch, rho_nano, scale, mac, hex(amounts) as amounts
from draws
order by all
