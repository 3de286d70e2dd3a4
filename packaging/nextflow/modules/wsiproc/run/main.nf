// One slide through one chain of operations. See meta.yml for the channels.
process WSIPROC_RUN {
    tag "${meta.id}"
    label 'process_medium'
    container "${task.ext.container ?: 'wsiproc:0.1.0'}"

    input:
    tuple val(meta), path(slide, stageAs: 'input/*')
    path chain

    output:
    tuple val(meta), path("${prefix}*.{h5,tif,svs,csv,csv.gz,geojson,geojson.gz,md5}"), emit: results
    tuple val(meta), path("${prefix}*.params.json"), emit: params, optional: true
    tuple val(meta), path("${prefix}.stats.json"), emit: stats
    path "versions.yml", emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    def own = (meta.mpp ? "--mpp-override ${meta.mpp} " : '') + (meta.level ? "--level ${meta.level} " : '')
    def device = task.accelerator ? 'cuda' : 'cpu'
    def main_file = slide instanceof List ? slide[0] : slide // a slide of several files: the one to open comes first
    prefix = task.ext.prefix ?: main_file.baseName
    """
    printf 'path,out\\n"%s","%s"\\n' "${main_file}" "${prefix}" > slide.csv
    wsiproc run slide.csv \\
        -o . \\
        --chain-file ${chain} \\
        --threads ${task.cpus} \\
        --device ${device} \\
        --scratch . \\
        --stats ${prefix}.stats.json \\
        --progress plain ${own}${args}

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        wsiproc: \$(wsiproc --version | sed 's/^wsiproc //')
    END_VERSIONS
    """

    stub:
    def main_file = slide instanceof List ? slide[0] : slide
    prefix = task.ext.prefix ?: main_file.baseName
    """
    touch ${prefix}.h5 ${prefix}.stats.json

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        wsiproc: 0.1.0
    END_VERSIONS
    """
}
