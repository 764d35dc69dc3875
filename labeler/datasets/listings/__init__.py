"""Lists of names beside images: tables and annotation files, found, read and matched."""
