"""Files that go with acts: joined as they come, given as they were sealed."""

import base64
from typing import Final

from starlette.responses import Response, StreamingResponse

from adapters.examen.inadmis import GenreDePiece
from adapters.gate import pieces
from adapters.gate.contexte import Acces
from adapters.gate.pieces import Arrivee
from adapters.rest import requete
from adapters.rest.delai import accorder
from adapters.rest.dossiers import CLE, DOSSIER, cle_de, dossier_de
from adapters.rest.rendu import ecrire, entetes_de
from adapters.rest.requete import Requete
from adapters.rest.route import Chapitre, Corps, Parametre, Reponse, Route, du_chemin, enregistre
from adapters.rest.schema import IDENTIFIANT, POSITION, UUID, Forme, Schema, dit, liste, objet
from ledger.droit import listes
from policies.decision import Action

PIECES: Final = Chapitre(
    "Pièces", "Les fichiers joints aux actes : PDF, JPEG ou PNG, 25 Mio au plus, sans contenu actif."
)
OCTETS: Final = "application/octet-stream"
"""What a file is sent as, whatever it is: it is kept, and not shown. Its fact says what was found in it."""
EXTENSIONS: Final = {GenreDePiece.PDF: "pdf", GenreDePiece.JPEG: "jpg", GenreDePiece.PNG: "png"}
FICHIER: Final[Schema] = {"type": "string", "format": "binary", "description": "le fichier, tel quel"}
ACTE: Final = Parametre(
    "acte", "identifiant de l'acte que la pièce accompagne, que vous avez transmis", UUID, requis=True
)
NATURE: Final = Parametre("nature", "ce qu'est la pièce", {"enum": list(listes.codes("nature_piece"))}, requis=True)
PERSONNES: Final = Parametre(
    "personnes",
    "chaque personne du dossier que la pièce nomme : elle est scellée sous leurs clés, et s'efface avec l'une d'elles",
    {**liste(UUID), "minItems": 1, "maxItems": 20},
    requis=True,
)
PIECE: Final = du_chemin("piece", "identifiant de la pièce", UUID)
RECUE: Final = Forme(
    "PieceRecue",
    objet(
        "La pièce est enregistrée",
        {
            "dossier": IDENTIFIANT,
            "piece": dit(UUID, "identifiant de la pièce"),
            "position": POSITION,
        },
    ),
)


async def joindre(request: Requete, acces: Acces) -> Response:
    """Joindre un fichier à un acte que vous avez transmis : le corps de la requête est le fichier."""
    lus = request.parametres
    dits = {nom: requete.un(lus, nom) for nom in (ACTE.nom, NATURE.nom)}
    contenu = {nom: dit for nom, dit in dits.items() if dit is not None} | {PERSONNES.nom: lus.get(PERSONNES.nom, [])}
    annoncee = request.entete(b"content-length") or ""
    arrivee = Arrivee(int(annoncee) if annoncee.isdigit() else None, request.stream())
    accorder(request, None)  # its length is the file's
    recu = await pieces.joindre(request.gate, acces, dossier_de(request), contenu, cle_de(request), arrivee)
    corps = {"dossier": recu.dossier, "piece": recu.contribution, "position": recu.position}
    return ecrire(request, corps, 201, position=str(recu.position))


async def lire(request: Requete, acces: Acces) -> Response:
    """Lire le fichier joint à un acte, à qui l'acte est communiqué en entier."""
    piece = requete.identifiant(request.path_params["piece"])
    rendue = await pieces.rendre(request.gate, acces, dossier_de(request), piece)
    empreinte = base64.b64encode(bytes.fromhex(rendue.empreinte)).decode()
    entetes = {
        **entetes_de(request),
        "content-length": str(rendue.octets),
        "content-disposition": f'attachment; filename="piece-{piece}.{EXTENSIONS[rendue.genre]}"',
        "content-security-policy": "default-src 'none'; sandbox",
        "cross-origin-resource-policy": "same-origin",
        "repr-digest": f"sha-256=:{empreinte}:",
    }
    return StreamingResponse(rendue.flux, 200, entetes, media_type=OCTETS)


ROUTES: Final = (
    Route(
        "POST", "/v1/dossiers/{dossier}/pieces", Action.EMETTRE, joindre, PIECES,
        corps=Corps(FICHIER, (OCTETS,)), parametres=(DOSSIER, ACTE, NATURE, PERSONNES, CLE),
        reponse=enregistre(RECUE), refus=(404, 409),
    ),
    Route(
        "GET", "/v1/dossiers/{dossier}/pieces/{piece}", Action.LIRE, lire, PIECES,
        parametres=(DOSSIER, PIECE), reponse=Reponse({OCTETS: FICHIER}, "Le fichier."),
        refus=(404,),
    ),
)  # fmt: skip
"""The routes of files."""
