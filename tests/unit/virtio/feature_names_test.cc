// The names of feature bits.
#include "virtio/feature_names.h"

#include <doctest/doctest.h>

#include "virtio/features.h"

using namespace vireo;

TEST_CASE("feature names: those of a device, and those that all share") {
  CHECK(virtio_feature_name(virtio_type::kNet, 15) == "MRG_RXBUF");
  CHECK(virtio_feature_name(virtio_type::kBlock, 9) == "FLUSH");
  CHECK(virtio_feature_name(virtio_type::kBlock, 32) == "VERSION_1");
  CHECK(virtio_feature_name(virtio_type::kEntropy, 29) == "EVENT_IDX");
  CHECK(virtio_feature_name(virtio_type::kEntropy, 0).empty());
}
