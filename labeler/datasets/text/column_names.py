"""What columns are called that name an image's file or class, the best first, in lower case."""

SURE_FILE_NAMES = ("file_name", "filename", "path", "image")
"""Of a column of files, whatever stands beside it."""

FILE_NAMES = (
    *SURE_FILE_NAMES, "file", "filepath", "filepaths", "file_path", "image_path", "image_name",
    "image_id", "imagename", "img", "id", "name",
)  # fmt: skip
CLASS_NAMES = ("class_name", "category", "category_name", "label_name", "class_label")
LABEL_NAMES = (
    "label", "labels", "class", "target", "choice", "y", "breed", "species", "diagnosis",
    "finding", "dx", "tag", "tags",
)  # fmt: skip
"""Of a class in a list of files, after ``CLASS_NAMES``: it may be the number of one."""

IMAGE_LABEL_NAMES = (
    "class_name", "label", "labels", "class", "target", "y", "category", "digit", "character",
    "emotion", "fine_label",
)  # fmt: skip
"""Of a class in a table that holds the images themselves."""
