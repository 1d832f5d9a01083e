"""The address of the warehouse, and the connection to it."""

from wdh.warehouse.address import Address, embedded_address, find_address
from wdh.warehouse.connection import connect, open_connection

__all__ = [
    "Address",
    "connect",
    "embedded_address",
    "find_address",
    "open_connection",
]
