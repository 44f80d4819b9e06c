// Layout of the PJRT C API 0.81: made by `bun scripts/pjrt/derive-layout.ts HEADER`, not by hand.
// Left out: "PJRT_", "_Args", and the head of every struct: struct_size u64 @0, extension_start @8.

export const HEADER_VERSION = "0.81";

/** Byte offset of the version in `PJRT_Api`. */
export const API_VERSION_AT = 16;

/** Byte offset of each function pointer in `PJRT_Api`. */
export const SLOTS = {
  Error_Destroy: 40,
  Error_Message: 48,
  Error_GetCode: 56,
  Plugin_Initialize: 64,
  Plugin_Attributes: 72,
  Event_Destroy: 80,
  Event_Await: 104,
  Client_Create: 120,
  Client_Destroy: 128,
  Client_PlatformName: 136,
  Client_PlatformVersion: 152,
  Client_AddressableDevices: 168,
  Client_Compile: 200,
  Client_BufferFromHostBuffer: 216,
  DeviceDescription_Id: 224,
  DeviceDescription_Kind: 248,
  DeviceDescription_DebugString: 256,
  Device_GetDescription: 272,
  Device_MemoryStats: 312,
  Executable_Destroy: 360,
  Executable_NumOutputs: 392,
  Executable_Serialize: 432,
  LoadedExecutable_Destroy: 440,
  LoadedExecutable_GetExecutable: 448,
  LoadedExecutable_Execute: 480,
  Executable_DeserializeAndLoad: 488,
  Buffer_Destroy: 504,
  Buffer_ElementType: 512,
  Buffer_Dimensions: 520,
  Buffer_ToHostBuffer: 600,
  Executable_OutputElementTypes: 760,
  Executable_OutputDimensions: 768,
} as const;

/** `struct_size` of each struct in the header (which is not always `sizeof`), and where its fields are. */
export const STRUCTS = {
  Error_Destroy: { size: 24, fields: { error: [16, "ptr"] } },
  Error_Message: { size: 40, fields: { error: [16, "ptr"], message: [24, "ptr"], message_size: [32, "u64"] } },
  Error_GetCode: { size: 28, fields: { error: [16, "ptr"], code: [24, "i32"] } },
  Plugin_Initialize: { size: 16, fields: {} },
  Plugin_Attributes: { size: 32, fields: { attributes: [16, "ptr"], num_attributes: [24, "u64"] } },
  Event_Destroy: { size: 24, fields: { event: [16, "ptr"] } },
  Event_Await: { size: 24, fields: { event: [16, "ptr"] } },
  Client_Create: {
    size: 88,
    fields: {
      create_options: [16, "ptr"], num_options: [24, "u64"], kv_get_callback: [32, "ptr"], kv_get_user_arg: [40, "ptr"],
      kv_put_callback: [48, "ptr"], kv_put_user_arg: [56, "ptr"], client: [64, "ptr"], kv_try_get_callback: [72, "ptr"],
      kv_try_get_user_arg: [80, "ptr"],
    },
  },
  Client_Destroy: { size: 24, fields: { client: [16, "ptr"] } },
  Client_PlatformName: {
    size: 40,
    fields: { client: [16, "ptr"], platform_name: [24, "ptr"], platform_name_size: [32, "u64"] },
  },
  Client_PlatformVersion: {
    size: 40,
    fields: { client: [16, "ptr"], platform_version: [24, "ptr"], platform_version_size: [32, "u64"] },
  },
  Client_AddressableDevices: {
    size: 40,
    fields: { client: [16, "ptr"], addressable_devices: [24, "ptr"], num_addressable_devices: [32, "u64"] },
  },
  Client_Compile: {
    size: 56,
    fields: {
      client: [16, "ptr"], program: [24, "ptr"], compile_options: [32, "ptr"], compile_options_size: [40, "u64"],
      executable: [48, "ptr"],
    },
  },
  Client_BufferFromHostBuffer: {
    size: 120,
    fields: {
      client: [16, "ptr"], data: [24, "ptr"], type: [32, "i32"], dims: [40, "ptr"], num_dims: [48, "u64"],
      byte_strides: [56, "ptr"], num_byte_strides: [64, "u64"], host_buffer_semantics: [72, "i32"], device: [80, "ptr"],
      memory: [88, "ptr"], device_layout: [96, "ptr"], done_with_host_buffer: [104, "ptr"], buffer: [112, "ptr"],
    },
  },
  DeviceDescription_Id: { size: 28, fields: { device_description: [16, "ptr"], id: [24, "i32"] } },
  DeviceDescription_Kind: {
    size: 40,
    fields: { device_description: [16, "ptr"], device_kind: [24, "ptr"], device_kind_size: [32, "u64"] },
  },
  DeviceDescription_DebugString: {
    size: 40,
    fields: { device_description: [16, "ptr"], debug_string: [24, "ptr"], debug_string_size: [32, "u64"] },
  },
  Device_GetDescription: { size: 32, fields: { device: [16, "ptr"], device_description: [24, "ptr"] } },
  Device_MemoryStats: {
    size: 185,
    fields: {
      device: [16, "ptr"], bytes_in_use: [24, "i64"], peak_bytes_in_use: [32, "i64"],
      peak_bytes_in_use_is_set: [40, "bool"], num_allocs: [48, "i64"], num_allocs_is_set: [56, "bool"],
      largest_alloc_size: [64, "i64"], largest_alloc_size_is_set: [72, "bool"], bytes_limit: [80, "i64"],
      bytes_limit_is_set: [88, "bool"], bytes_reserved: [96, "i64"], bytes_reserved_is_set: [104, "bool"],
      peak_bytes_reserved: [112, "i64"], peak_bytes_reserved_is_set: [120, "bool"],
      bytes_reservable_limit: [128, "i64"], bytes_reservable_limit_is_set: [136, "bool"],
      largest_free_block_bytes: [144, "i64"], largest_free_block_bytes_is_set: [152, "bool"], pool_bytes: [160, "i64"],
      pool_bytes_is_set: [168, "bool"], peak_pool_bytes: [176, "i64"], peak_pool_bytes_is_set: [184, "bool"],
    },
  },
  Executable_Destroy: { size: 24, fields: { executable: [16, "ptr"] } },
  Executable_NumOutputs: { size: 32, fields: { executable: [16, "ptr"], num_outputs: [24, "u64"] } },
  Executable_Serialize: {
    size: 56,
    fields: {
      executable: [16, "ptr"], serialized_bytes: [24, "ptr"], serialized_bytes_size: [32, "u64"],
      serialized_executable: [40, "ptr"], serialized_executable_deleter: [48, "ptr"],
    },
  },
  LoadedExecutable_Destroy: { size: 24, fields: { executable: [16, "ptr"] } },
  LoadedExecutable_GetExecutable: { size: 32, fields: { loaded_executable: [16, "ptr"], executable: [24, "ptr"] } },
  LoadedExecutable_Execute: {
    size: 80,
    fields: {
      executable: [16, "ptr"], options: [24, "ptr"], argument_lists: [32, "ptr"], num_devices: [40, "u64"],
      num_args: [48, "u64"], output_lists: [56, "ptr"], device_complete_events: [64, "ptr"],
      execute_device: [72, "ptr"],
    },
  },
  Executable_DeserializeAndLoad: {
    size: 64,
    fields: {
      client: [16, "ptr"], serialized_executable: [24, "ptr"], serialized_executable_size: [32, "u64"],
      loaded_executable: [40, "ptr"], overridden_serialized_compile_options: [48, "ptr"],
      overridden_serialized_compile_options_size: [56, "u64"],
    },
  },
  Buffer_Destroy: { size: 24, fields: { buffer: [16, "ptr"] } },
  Buffer_ElementType: { size: 28, fields: { buffer: [16, "ptr"], type: [24, "i32"] } },
  Buffer_Dimensions: { size: 40, fields: { buffer: [16, "ptr"], dims: [24, "ptr"], num_dims: [32, "u64"] } },
  Buffer_ToHostBuffer: {
    size: 56,
    fields: { src: [16, "ptr"], host_layout: [24, "ptr"], dst: [32, "ptr"], dst_size: [40, "u64"], event: [48, "ptr"] },
  },
  Executable_OutputElementTypes: {
    size: 40,
    fields: { executable: [16, "ptr"], output_types: [24, "ptr"], num_output_types: [32, "u64"] },
  },
  Executable_OutputDimensions: {
    size: 48,
    fields: { executable: [16, "ptr"], num_outputs: [24, "u64"], dims: [32, "ptr"], dim_sizes: [40, "ptr"] },
  },
  Api_Version: { size: 24, fields: { major_version: [16, "i32"], minor_version: [20, "i32"] } },
  NamedValue: {
    size: 56,
    fields: {
      name: [16, "ptr"], name_size: [24, "u64"], type: [32, "i32"], string_value: [40, "ptr"], int64_value: [40, "i64"],
      int64_array_value: [40, "ptr"], float_value: [40, "f32"], bool_value: [40, "bool"], value_size: [48, "u64"],
    },
  },
  Program: {
    size: 48,
    fields: { code: [16, "ptr"], code_size: [24, "u64"], format: [32, "ptr"], format_size: [40, "u64"] },
  },
  ExecuteOptions: {
    size: 112,
    fields: {
      send_callbacks: [16, "ptr"], recv_callbacks: [24, "ptr"], num_send_ops: [32, "u64"], num_recv_ops: [40, "u64"],
      launch_id: [48, "i32"], non_donatable_input_indices: [56, "ptr"], num_non_donatable_input_indices: [64, "u64"],
      context: [72, "ptr"], call_location: [80, "ptr"], num_tasks: [88, "u64"], task_ids: [96, "ptr"],
      incarnation_ids: [104, "ptr"],
    },
  },
  Buffer_MemoryLayout: { size: 76, fields: { tiled: [16, "struct"], strides: [16, "struct"], type: [72, "i32"] } },
  Buffer_MemoryLayout_Tiled: {
    size: 56,
    fields: {
      minor_to_major: [16, "ptr"], minor_to_major_size: [24, "u64"], tile_dims: [32, "ptr"],
      tile_dim_sizes: [40, "ptr"], num_tiles: [48, "u64"],
    },
  },
} as const;

export const NAMED_VALUE_TYPE = { String: 0, Int64: 1, Int64List: 2, Float: 3, Bool: 4 } as const;

export const HOST_BUFFER_SEMANTICS = {
  ImmutableOnlyDuringCall: 0, ImmutableUntilTransferCompletes: 1, ImmutableZeroCopy: 2, MutableZeroCopy: 3,
} as const;

export const BUFFER_MEMORY_LAYOUT_TYPE = { Tiled: 0, Strides: 1 } as const;

export const BUFFER_TYPE = {
  INVALID: 0, PRED: 1, S8: 2, S16: 3, S32: 4, S64: 5, U8: 6, U16: 7, U32: 8, U64: 9, F16: 10, F32: 11, F64: 12,
  BF16: 13, C64: 14, C128: 15, F8E5M2: 16, F8E4M3FN: 17, F8E4M3B11FNUZ: 18, F8E5M2FNUZ: 19, F8E4M3FNUZ: 20, S4: 21,
  U4: 22, TOKEN: 23, S2: 24, U2: 25, F8E4M3: 26, F8E3M4: 27, F8E8M0FNU: 28, F4E2M1FN: 29,
} as const;
