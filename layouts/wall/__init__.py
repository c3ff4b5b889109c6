"""The wall's page: scenes, panels in their places, the map's shell."""
