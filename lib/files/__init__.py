"""Read what lies on the disk: folders walked, held open and told apart by drive. Nothing here changes a picture."""
