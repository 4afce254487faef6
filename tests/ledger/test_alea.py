"""What is drawn at random: nobody is given what another was, whatever the threads or the processes."""

import os
from concurrent.futures import ThreadPoolExecutor

from ledger.alea import identifiant, tirer


def test_deux_tirages_ne_sont_jamais_les_memes() -> None:
    with ThreadPoolExecutor(8) as fils:
        tires = [tire for lot in fils.map(lambda _: [tirer() for _ in range(2000)], range(8)) for tire in lot]
    assert len(set(tires)) == len(tires) == 16_000
    assert {len(tire) for tire in tires} == {16}


def test_un_identifiant_est_un_uuid_de_hasard() -> None:
    tires = {identifiant() for _ in range(1000)}
    assert len(tires) == 1000
    assert {(tire.version, tire.variant) for tire in tires} == {(4, "specified in RFC 4122")}


def test_qui_bifurque_ne_tire_pas_ce_que_tire_son_parent() -> None:
    tirer()
    lecture, ecriture = os.pipe()
    enfant = os.fork()
    if not enfant:
        os.write(ecriture, b"".join(tirer() for _ in range(64)))
        os._exit(0)
    os.waitpid(enfant, 0)
    siens = os.read(lecture, 64 * 16)
    os.close(lecture)
    os.close(ecriture)
    miens = {tirer() for _ in range(300)}
    assert miens.isdisjoint(siens[debut : debut + 16] for debut in range(0, len(siens), 16))
