# cmake -DNM=… -DOBJECT=… -P check_object.cmake: fails if the object has a weak symbol, of which the linker could take
# another object's copy.
execute_process(COMMAND ${NM} --defined-only ${OBJECT} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[0-9a-f]+ [WwVv] [^\n]+" weak "${symbols}")
if(NOT symbols MATCHES " T ")
  message(FATAL_ERROR "${OBJECT} defines no function: ${symbols}")
elseif(weak)
  message(FATAL_ERROR "${OBJECT} has weak symbols: ${weak}")
endif()
