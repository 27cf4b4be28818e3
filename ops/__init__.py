"""The launcher behind `./batuta`: embedded servers, processes, the gate, the doctor. Standard library and honcho only."""
