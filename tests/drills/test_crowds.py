"""Many who ask at the same instant for what no cache has."""

from tests.drills.house import Site, at_once, figure, in_both
from tests.drills.proxies import reading

CROWD = 200
COMPUTED = 'nejat_cache_answers_total{how="computed"}'


def test_a_crowd_at_a_cold_address_costs_one_computation(site: Site, proxy: int) -> None:
    _, (_, *addresses) = in_both(site.newsroom, "A crowded harbour", "بندر پرجمعیت")
    site.settle()
    for address in addresses:
        before = figure(site.ports["nejat"], COMPUTED)
        with reading(*[proxy] * CROWD) as readers:
            asking = [lambda reader=reader, address=address: reader.get(address) for reader in readers]
            replies = at_once(asking)
        assert {reply.status for reply in replies} == {200}, address
        assert len({reply.raw for reply in replies}) == 1, address
        assert figure(site.ports["nejat"], COMPUTED) - before <= 1, address
