"""FaceFolio without a window: builds galleries, recognizes faces, tags folders. Knows no Qt, prints only in `cli`."""
