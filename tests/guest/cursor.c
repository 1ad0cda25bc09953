// Shows a cursor on a graphics card by its hardware, in the guest:
//   cursor CARD X Y...
// The cursor has 64x64 points; its upper half is red, its lower half shows what is below. It is
// first at the first X and Y, with each line from standard input at the next ones, and after the
// last line hidden. A word on standard output tells that each step is done. Status 1: the card
// cannot.
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

// The part of Linux's interface for graphics cards (DRM) that this needs.
struct resources {
  uint64_t frame_buffers, crtcs, connectors, encoders;  // addresses of arrays
  uint32_t frame_buffer_count, crtc_count, connector_count, encoder_count;
  uint32_t least_width, most_width, least_height, most_height;
};
struct dumb_buffer {
  uint32_t height, width, bits, flags, handle, pitch;
  uint64_t size;
};
struct mapping {
  uint32_t handle, pad;
  uint64_t offset;
};
struct cursor {
  uint32_t flags, crtc;
  int32_t x, y;
  uint32_t width, height, handle;
  int32_t hot_x, hot_y;
};
#define GET_RESOURCES _IOWR('d', 0xa0, struct resources)
#define CREATE_DUMB _IOWR('d', 0xb2, struct dumb_buffer)
#define MAP_DUMB _IOWR('d', 0xb3, struct mapping)
#define CURSOR _IOWR('d', 0xbb, struct cursor)
enum { SIDE = 64, SHAPE = 1, PLACE = 2 };

static void check(int good, const char *what) {
  if (good) return;
  perror(what);
  exit(1);
}

static uint32_t first_crtc(int card) {
  uint32_t crtcs[16];
  struct resources all = {.crtcs = (uintptr_t)crtcs, .crtc_count = 16};
  check(ioctl(card, GET_RESOURCES, &all) == 0, "resources");
  return crtcs[0];
}

static uint32_t red_above_nothing(int card) {
  struct dumb_buffer buffer = {.height = SIDE, .width = SIDE, .bits = 32};
  check(ioctl(card, CREATE_DUMB, &buffer) == 0, "buffer");
  struct mapping place = {.handle = buffer.handle};
  check(ioctl(card, MAP_DUMB, &place) == 0, "mapping");
  uint32_t *points = mmap(0, buffer.size, PROT_READ | PROT_WRITE, MAP_SHARED, card, place.offset);
  check(points != MAP_FAILED, "mmap");
  for (int i = 0; i < SIDE * SIDE; ++i) points[i] = i < SIDE * SIDE / 2 ? 0xffff0000 : 0;
  return buffer.handle;
}

static void done(const char *word) {
  puts(word);
  fflush(stdout);
}

int main(int count, char **words) {
  char line[16];
  check(count >= 4, "cursor CARD X Y...");
  int card = open(words[1], O_RDWR);
  check(card >= 0, words[1]);
  struct cursor cursor = {SHAPE | PLACE, first_crtc(card), 0, 0, SIDE, SIDE, 0, 0, 0};
  cursor.handle = red_above_nothing(card);
  for (int i = 2; i + 1 < count; i += 2) {
    cursor.x = atoi(words[i]);
    cursor.y = atoi(words[i + 1]);
    check(ioctl(card, CURSOR, &cursor) == 0, "cursor");
    done(i == 2 ? "shown" : "moved");
    check(fgets(line, sizeof line, stdin) != 0, "line");
    cursor.flags = PLACE;
  }
  cursor.flags = SHAPE;
  cursor.handle = 0;
  check(ioctl(card, CURSOR, &cursor) == 0, "cursor");
  done("hidden");
  check(fgets(line, sizeof line, stdin) != 0, "line");
  return 0;
}
