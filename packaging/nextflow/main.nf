// An example: nextflow run packaging/nextflow --slides 'slides/*.svs' --chain chain.txt -profile slurm,apptainer
nextflow.enable.dsl = 2

include { WSIPROC_RUN } from './modules/wsiproc/run/main'

workflow {
    slides = Channel.fromPath(params.slides, checkIfExists: true).map { slide -> [[id: slide.baseName], slide] }
    WSIPROC_RUN(slides, file(params.chain, checkIfExists: true))
}
