"""The develop engine: settings, sync, decoding, rendering and export. Knows no database."""
