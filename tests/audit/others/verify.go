// Verify a copy of the log with nothing but Go's own checksum database code.
//
//	verify FOLDER VKEY [PROOF ENTRY]
//
// Note.Open reads the checkpoints, tlog reads and authenticates the tiles, checks every entry
// against its leaf, inclusion of some and consistency between all checkpoints.
package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 && len(args) != 4 {
		return fmt.Errorf("usage: verify FOLDER VKEY [PROOF ENTRY]")
	}
	verifier, err := note.NewVerifier(args[1])
	if err != nil {
		return err
	}
	log := &copyOf{folder: args[0], known: note.VerifierList(verifier)}
	trees, err := log.checkpoints()
	if err != nil {
		return err
	}
	if err := log.check(trees); err != nil {
		return err
	}
	fmt.Printf("%d entries, %d checkpoints\n", trees[len(trees)-1].N, len(trees))
	if len(args) == 4 {
		return log.checkProof(args[2], args[3])
	}
	return nil
}

// copyOf is a folder that holds tiles, as a tlog.TileReader.
type copyOf struct {
	folder string
	known  note.Verifiers
}

func (c *copyOf) Height() int { return height }

func (c *copyOf) SaveTiles([]tlog.Tile, [][]byte) {}

func (c *copyOf) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	read := make([][]byte, len(tiles))
	for i, tile := range tiles {
		// The same path as ours, but for the height that C2SP fixed at 8.
		path := "tile/" + strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", height))
		content, err := os.ReadFile(filepath.Join(c.folder, path))
		if err != nil {
			return nil, err
		}
		read[i] = content
	}
	return read, nil
}

func (c *copyOf) open(text string) (tlog.Tree, error) {
	opened, err := note.Open([]byte(text), c.known)
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != opened.Sigs[0].Name {
		return tlog.Tree{}, fmt.Errorf("not a checkpoint: %q", opened.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// checkpoints returns the trees that were signed, the newest last.
func (c *copyOf) checkpoints() ([]tlog.Tree, error) {
	all, err := os.ReadFile(filepath.Join(c.folder, "checkpoints/000"))
	if err != nil {
		return nil, err
	}
	newest, err := os.ReadFile(filepath.Join(c.folder, "checkpoint"))
	if err != nil {
		return nil, err
	}
	var trees []tlog.Tree
	parts := strings.Split(string(all), "\n\n")
	for i := 0; i+1 < len(parts); i += 2 {
		tree, err := c.open(parts[i] + "\n\n" + parts[i+1] + "\n")
		if err != nil {
			return nil, err
		}
		trees = append(trees, tree)
	}
	tree, err := c.open(string(newest))
	return append(trees, tree), err
}

func (c *copyOf) check(trees []tlog.Tree) error {
	newest := trees[len(trees)-1]
	hashes := tlog.TileHashReader(newest, c)
	for _, tree := range trees {
		proof, err := tlog.ProveTree(newest.N, tree.N, hashes)
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(proof, newest.N, newest.Hash, tree.N, tree.Hash); err != nil {
			return fmt.Errorf("checkpoint %d: %w", tree.N, err)
		}
	}
	for first := int64(0); first < newest.N; first += 1 << height {
		if err := c.checkBundle(newest, hashes, first); err != nil {
			return err
		}
	}
	return nil
}

func (c *copyOf) checkBundle(newest tlog.Tree, hashes tlog.HashReader, first int64) error {
	width := newest.N - first
	if width > 1<<height {
		width = 1 << height
	}
	tile := tlog.Tile{H: height, L: 0, N: first >> height, W: int(width)}
	path := "tile/entries/" + strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/0/", height))
	content, err := os.ReadFile(filepath.Join(c.folder, path))
	if err != nil {
		return err
	}
	for index := first; index < first+width; index++ {
		if len(content) < 2 {
			return fmt.Errorf("entry %d is missing", index)
		}
		end := 2 + int(content[0])<<8 + int(content[1])
		if len(content) < end {
			return fmt.Errorf("entry %d is cut off", index)
		}
		if err := checkEntry(newest, hashes, index, content[2:end]); err != nil {
			return err
		}
		content = content[end:]
	}
	if len(content) != 0 {
		return fmt.Errorf("%s holds more than it should", path)
	}
	return nil
}

func checkEntry(newest tlog.Tree, hashes tlog.HashReader, index int64, body []byte) error {
	leaf := tlog.RecordHash(body)
	found, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
	if err != nil {
		return err
	}
	if found[0] != leaf {
		return fmt.Errorf("entry %d is not what was logged", index)
	}
	if index%97 != 0 && index != newest.N-1 {
		return nil
	}
	proof, err := tlog.ProveRecord(newest.N, index, hashes)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, newest.N, newest.Hash, index, leaf)
}

// checkProof checks one C2SP tlog-proof of an entry that lies in a file of its own.
func (c *copyOf) checkProof(proofFile, entryFile string) error {
	text, err := os.ReadFile(proofFile)
	if err != nil {
		return err
	}
	body, err := os.ReadFile(entryFile)
	if err != nil {
		return err
	}
	head, checkpoint, _ := strings.Cut(string(text), "\n\n")
	tree, err := c.open(checkpoint)
	if err != nil {
		return err
	}
	lines := strings.Split(head, "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		return fmt.Errorf("not a proof: %q", lines[0])
	}
	lines = lines[1:]
	if strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "index "), 10, 64)
	if err != nil {
		return err
	}
	var proof tlog.RecordProof
	for _, line := range lines[1:] {
		var hash tlog.Hash
		raw, err := base64.StdEncoding.DecodeString(line)
		if err != nil {
			return err
		}
		copy(hash[:], raw)
		proof = append(proof, hash)
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(body)); err != nil {
		return err
	}
	fmt.Println("the proof holds")
	return nil
}
