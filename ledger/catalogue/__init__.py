"""What can happen to a household threatened with eviction, by chapter, in the order in which it is read."""

from ledger.catalogue.stade import *
from ledger.catalogue.volet import *
from ledger.catalogue.socle import *
from ledger.catalogue.menage import *
from ledger.catalogue.dette import *
from ledger.catalogue.procedure import *
from ledger.catalogue.execution import *
from ledger.catalogue.accompagnement import *
from ledger.catalogue.secret import *
from ledger.catalogue.instances import *
from ledger.catalogue.droits import *
from ledger.catalogue.lecture import *
